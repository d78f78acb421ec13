"""Goes round Python: plain SQL against the database, and what refused it.

A `Breach` is one statement that would make a sentence false. It is refused with the
sentence's name while the guard stands, and passes once the guard is taken away: the
second half proves that it is the guard that refuses, and nothing else.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, models, transaction

from courses.errors import Refused
from courses.transactions import error_for


@dataclass(frozen=True)
class Statement:
    """`behind` names other guards that would refuse it too, once the first is gone."""

    sql: str
    values: tuple[object, ...] = ()
    behind: tuple[str, ...] = ()

    def run(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [_as_stored(value) for value in self.values])


@dataclass(frozen=True)
class Breach:
    """`make` lays the ground and returns the statement that breaks the sentence."""

    constraint: str
    make: Callable[[], Statement]

    def __str__(self) -> str:
        return self.make.__name__


def insert(model: type[models.Model], **columns: object) -> Statement:
    names = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    table = model._meta.db_table
    return Statement(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values())
    )


def insert_like(row: models.Model, **changes: object) -> Statement:
    """A new row with a key of its own, and otherwise that row with the changes."""
    columns: dict[str, object] = {
        field.column: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    if isinstance(row.pk, UUID):
        columns["id"] = uuid4()
    return insert(type(row), **(columns | changes))


def update(row: models.Model, **columns: object) -> Statement:
    changes = ", ".join(f"{name} = %s" for name in columns)
    return Statement(
        f"UPDATE {row._meta.db_table} SET {changes} WHERE id = %s",
        (*columns.values(), row.pk),
    )


def replace(row: models.Model, **changes: object) -> Statement:
    """The row written over itself by an INSERT, in the engine's own way."""
    columns: dict[str, object] = {
        field.column: field.value_from_object(row)
        for field in row._meta.concrete_fields
    }
    inserted = insert(type(row), **(columns | changes))
    if connection.vendor == "sqlite":
        sql = inserted.sql.replace("INSERT", "INSERT OR REPLACE", 1)
    else:
        taken_over = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)
        sql = f"{inserted.sql} ON CONFLICT (id) DO UPDATE SET {taken_over}"
    return Statement(sql, inserted.values)


def delete(row: models.Model) -> Statement:
    return Statement(f"DELETE FROM {row._meta.db_table} WHERE id = %s", (row.pk,))


def emptied(row: models.Model, *behind: str) -> Statement:
    """The row's whole table emptied in the engine's own way, and what refers to it."""
    table = row._meta.db_table
    if connection.vendor == "sqlite":
        return Statement(f"DELETE FROM {table}", (), behind)
    with connection.cursor() as cursor:
        # A table with foreign keys still to be checked can't be emptied.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return Statement(f"TRUNCATE {table} CASCADE", (), behind)


def refusal_of(statement: Statement) -> type[Refused] | None:
    """The named error the database refuses it with; None when it is accepted."""
    try:
        with transaction.atomic():
            statement.run()
    except IntegrityError as error:
        refused = error_for(error)
        if refused is None:
            raise
        return type(refused)
    return None


def name_in(error: IntegrityError) -> str:
    """What the database says was violated, whether or not it has an error class."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or error)


def take_away(constraint: str) -> None:
    """The database no longer keeps that sentence, until the transaction ends."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            found = "SELECT type, name FROM sqlite_master WHERE name LIKE %s"
            cursor.execute(f"{found} AND type <> 'table'", [f"{constraint}%"])
            for kind, name in cursor.fetchall():
                cursor.execute(f"DROP {kind} {name}")
            return
        # A table with foreign keys still to be checked can't be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for sql in _postgresql_removals(cursor, constraint):
            cursor.execute(sql)


def put_checks_back() -> None:
    """SQLite checks again; a rollback doesn't bring that setting back."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _postgresql_removals(cursor: Any, constraint: str) -> list[str]:
    removals = []
    cursor.execute(
        "SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s",
        [constraint],
    )
    removals += [
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
        for (table,) in cursor.fetchall()
    ]
    if not removals:
        removals.append(f"DROP INDEX IF EXISTS {constraint}")
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE %s",
        [f"{constraint}%"],
    )
    removals += [f"DROP TRIGGER {name} ON {table}" for table, name in cursor.fetchall()]
    return removals


def _as_stored(value: object) -> Any:
    if isinstance(value, UUID):
        return models.UUIDField().get_db_prep_value(value, connection)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, time):
        return connection.ops.adapt_timefield_value(value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value
