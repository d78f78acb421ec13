"""Adds many rows of one table in one plain statement.

What a course books is written under its locks, and the ORM took longer to compose
those three inserts than both engines take to run everything. Each statement has one
value, the rows as JSON, so its text is the same however many rows there are.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import AutoField, Model

POSTGRESQL = (
    "INSERT INTO {table} ({columns})"
    " SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)"
)
SQLITE = "INSERT INTO {table} ({columns}) SELECT {values} FROM json_each(%s)"


def add_rows(rows: Sequence[Model]) -> None:
    """Make the unsaved rows, all of one model, be in the database.

    Only keys that Python gives are known afterwards: a key that the database counts
    up stays unset. No signal is sent. Raises IntegrityError as any insert does.
    """
    if not rows:
        return
    statement, columns = _statement(type(rows[0]), connection.vendor)
    values = [
        {column: getattr(row, name) for name, column in columns.items()} for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(values, default=_stored_by_engine())])
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


@lru_cache(maxsize=64)
def _statement(model: type[Model], vendor: str) -> tuple[str, dict[str, str]]:
    """Return the insert, and the column of each attribute."""
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, AutoField)]
    columns = {field.attname: field.column for field in fields}
    text = POSTGRESQL if vendor == "postgresql" else SQLITE
    statement = text.format(
        table=model._meta.db_table,
        columns=", ".join(columns.values()),
        values=", ".join(
            f"json_extract(value, '$.{column}')" for column in columns.values()
        ),
    )
    return statement, columns


def _stored_by_engine() -> Callable[[Any], str]:
    """Return how the engine of this connection writes an instant or a key."""
    instant = connection.ops.adapt_datetimefield_value

    def as_stored(value: Any) -> str:
        if isinstance(value, UUID):
            return value.hex
        if isinstance(value, datetime):
            return str(instant(value))
        raise TypeError(f"{type(value).__name__} can't be written to a row this way.")

    return as_stored
