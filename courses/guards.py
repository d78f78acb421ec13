"""Finds out whether the database still has every guard that a migration gave it.

SQLite forgets a table's triggers when a later migration rebuilds the table, and a dump
may be restored without them. So they are looked for after every migrate, put back
where they are missing, and checked.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from courses.invariants import Guard, Keep

_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        " UNION SELECT conname FROM pg_constraint WHERE contype = 'x'"
    ),
}


def missing_guards(connection: BaseDatabaseWrapper) -> list[Guard]:
    """Return the guards of all applied migrations that the database lacks."""
    loader = MigrationLoader(connection)
    expected = [
        guard
        for key in loader.applied_migrations
        if key in loader.disk_migrations
        for operation in loader.disk_migrations[key].operations
        if isinstance(operation, Keep)
        for guard in operation.guards
    ]
    if not expected:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    return [
        guard
        for guard in expected
        if (name := guard.name_on(connection.vendor)) and name not in present
    ]


def put_back_missing_guards(connection: BaseDatabaseWrapper) -> None:
    """Install every guard that the database lacks."""
    for guard in missing_guards(connection):
        with connection.cursor() as cursor:
            for statement in guard.statements(connection.vendor):
                cursor.execute(statement)


def check_guards(
    *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Report guards that are missing: without them a double booking is possible."""
    return [
        Error(
            f"The database “{alias}” doesn't keep “{guard.name_on(vendor)}”.",
            hint="Run `manage.py put_back_guards`.",
            id="courses.E001",
        )
        for alias in databases or []
        if (vendor := connections[alias].vendor)
        for guard in missing_guards(connections[alias])
    ]
