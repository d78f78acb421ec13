"""People who act at the same instant, each on a database connection of their own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.db import connection, transaction

from courses.errors import Refused

# Longer than any database waits for a lock: a broken barrier means a thread is stuck.
PATIENCE_SECONDS = 120


class Crowd:
    """So many threads, each with its own connection, that start together."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)
        self._line = threading.Barrier(size, timeout=PATIENCE_SECONDS)

    def all_at_once(self, acts: Sequence[Callable[[], Any]]) -> list[Any]:
        """What each returned or raised, in the order of `acts`, one per thread."""
        if len(acts) != self.size:
            raise ValueError("One act for each in the crowd.")
        return list(self._pool.map(self._act, acts))

    def _act(self, act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        self._line.wait()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the test judges every outcome
            return error

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            # Looked up in each thread: the connection is another one there.
            self.all_at_once([lambda: connection.close()] * self.size)
        self._pool.shutdown(wait=error is None)


def race(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned or raised when all of them happened at once."""
    with Crowd(len(acts)) as crowd:
        return crowd.all_at_once(acts)


def one_before_the_other_commits(
    first: Callable[[], Any], second: Callable[[], Any]
) -> tuple[Any, Any]:
    """What each returned: the second begins when the first has acted, but isn't over.

    The first commits as soon as the second waits for it, or is done without waiting.
    """
    has_acted, may_commit = threading.Event(), threading.Event()
    backend: Future[int | None] = Future()

    def lead() -> Any:
        try:
            with transaction.atomic():
                outcome = first()
                has_acted.set()
                may_commit.wait(PATIENCE_SECONDS)
            return outcome
        finally:
            has_acted.set()
            connection.close()

    def follow() -> Any:
        try:
            has_acted.wait(PATIENCE_SECONDS)
            backend.set_result(_backend())
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        leading, following = pool.submit(lead), pool.submit(follow)
        try:
            waiting = backend.result(PATIENCE_SECONDS)
            while not following.done() and not _waits_for_a_lock(waiting):
                continue
        finally:
            may_commit.set()
        return leading.result(), following.result()


def _backend() -> int | None:
    """The process that serves this connection; SQLite has none."""
    connection.ensure_connection()
    if connection.vendor != "postgresql":
        return None
    return int(connection.connection.info.backend_pid)


def _waits_for_a_lock(backend: int | None) -> bool:
    if backend is None:
        # On SQLite nobody can even begin to write before the first is over.
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE pid = %s AND wait_event_type = 'Lock'",
            [backend],
        )
        return cursor.fetchone() is not None


def winners(outcomes: Sequence[Any]) -> list[Any]:
    """What came out well; anything but a named refusal among the rest is raised."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, Refused):
            raise outcome
    return [each for each in outcomes if not isinstance(each, Exception)]


def refusals(outcomes: Sequence[Any]) -> set[type[Refused]]:
    return {type(each) for each in outcomes if isinstance(each, Refused)}


def deadlocks() -> int:
    """How many deadlocks this database has ever broken up; SQLite has none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def double_claims() -> int:
    """Pairs of live claims that hold one unit at one instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scheduler_claim a JOIN scheduler_claim b"
            " ON a.resource_id = b.resource_id AND a.unit = b.unit AND a.id < b.id"
            " AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
            " WHERE a.is_live AND b.is_live"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def guard_removed(name: str, table: str) -> Iterator[None]:
    """The database lets through what that guard refuses; `table` is emptied after."""
    removals, restores = (
        _of_sqlite(name) if connection.vendor == "sqlite" else _of_postgresql(name)
    )
    _run(removals)
    try:
        yield
    finally:
        with transaction.atomic():
            _run([f"DELETE FROM {table}", *restores])


def _of_sqlite(name: str) -> tuple[list[str], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            " AND name LIKE %s",
            [f"{name}%"],
        )
        rows = cursor.fetchall()
    return [f"DROP TRIGGER {trigger}" for trigger, _ in rows], [sql for _, sql in rows]


def _of_postgresql(name: str) -> tuple[list[str], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE conname = %s",
            [name],
        )
        rows = cursor.fetchall()
    return (
        [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, _ in rows],
        [f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}" for table, rule in rows],
    )


def _run(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
