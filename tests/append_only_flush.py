"""Lets the test runner empty SQLite tables that refuse to be emptied.

History tables refuse DELETE by trigger, and emptying a table is a DELETE on SQLite. The
triggers are taken off and put back, word for word, in the one transaction that empties
the tables between tests; no test ever sees the database without them. PostgreSQL needs
none of this, as TRUNCATE does not fire row triggers.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.sqlite3.base import DatabaseWrapper


def allow() -> None:
    """From now on a flush on SQLite works on guarded tables."""
    sqlite_operations = DatabaseWrapper.ops_class
    empty_tables = sqlite_operations.execute_sql_flush

    def empty_guarded_tables(
        operations: BaseDatabaseOperations, sql_list: Iterable[str]
    ) -> None:
        connection = operations.connection
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            empty_tables(operations, sql_list)
            for _, sql in triggers:
                cursor.execute(sql)

    sqlite_operations.execute_sql_flush = empty_guarded_tables  # type: ignore[assignment]
