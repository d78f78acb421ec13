"""Finds out whether the database still has every guard that a migration gave it.

SQLite forgets a table's triggers when a later migration rebuilds the table, and a dump
may be restored without them. So they are looked for after every migrate, put back
where they are missing, and checked.
"""

from collections.abc import Iterator, Sequence
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
        " UNION SELECT conname FROM pg_constraint WHERE contype IN ('u', 'x')"
    ),
}


def guards_that_stand(connection: BaseDatabaseWrapper) -> dict[str, Guard]:
    """Return what the applied migrations left standing, by its name in the database.

    Each engine does without some of them, in a constraint or for want of the verb.
    """
    vendor = connection.vendor
    standing: dict[str, Guard] = {}
    for operation in _operations(MigrationLoader(connection)):
        for guard in operation.replaced:
            standing.pop(guard.name_on(vendor), None)
        standing |= {guard.name_on(vendor): guard for guard in operation.guards}
    standing.pop("", None)
    return standing


def _operations(loader: MigrationLoader) -> Iterator[Keep]:
    # In order of their numbers: a later migration may replace an earlier one's guard.
    for key in sorted(loader.applied_migrations):
        if key in loader.disk_migrations:
            for operation in loader.disk_migrations[key].operations:
                if isinstance(operation, Keep):
                    yield operation


def missing_guards(connection: BaseDatabaseWrapper) -> list[Guard]:
    """Return the guards of all applied migrations that the database lacks."""
    expected = guards_that_stand(connection)
    if not expected:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    return [guard for name, guard in expected.items() if name not in present]


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
