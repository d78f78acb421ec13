"""Lets the test runner empty tables that refuse to be emptied.

Emptying a table is a DELETE on SQLite and a TRUNCATE on PostgreSQL, and guarded tables
refuse both by trigger. The triggers are taken off and put back in the one transaction
that empties the tables between tests; no test ever sees the database without them.
The program has no such way round: `manage.py flush` is refused on both engines.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite

# Bit 5 of a trigger's type says that it is about TRUNCATE.
_SWITCH_TRUNCATE_TRIGGERS = """
DO $$ DECLARE guard record; BEGIN
  FOR guard IN SELECT tgrelid::regclass AS table, tgname AS name FROM pg_trigger
    WHERE NOT tgisinternal AND tgtype & 32 <> 0
  LOOP
    EXECUTE format('ALTER TABLE %s {switch} TRIGGER %I', guard.table, guard.name);
  END LOOP;
END $$
"""


def allow() -> None:
    """From now on a flush works on guarded tables."""
    for operations, unguarded in (
        (SQLite.ops_class, _without_triggers),
        (PostgreSQL.ops_class, _without_truncate_triggers),
    ):
        operations.execute_sql_flush = _emptying(  # type: ignore[assignment]
            operations.execute_sql_flush, unguarded
        )


def _emptying(
    empty_tables: Callable[[BaseDatabaseOperations, Iterable[str]], None],
    unguarded: Callable[[BaseDatabaseWrapper], AbstractContextManager[None]],
) -> Callable[[BaseDatabaseOperations, Iterable[str]], None]:
    def empty_guarded_tables(
        operations: BaseDatabaseOperations, sql_list: Iterable[str]
    ) -> None:
        connection = operations.connection
        with transaction.atomic(using=connection.alias), unguarded(connection):
            empty_tables(operations, sql_list)

    return empty_guarded_tables


@contextmanager
def _without_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in triggers:
            cursor.execute(sql)


@contextmanager
def _without_truncate_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(_SWITCH_TRUNCATE_TRIGGERS.replace("{switch}", "DISABLE"))
        yield
        cursor.execute(_SWITCH_TRUNCATE_TRIGGERS.replace("{switch}", "ENABLE"))
