"""Writers on SQLite stand in line.

SQLite lets those who wait ask again at set moments, all of them at the same ones: 32
people who act at once then get ten turns a second. A lock on a file beside the
database wakes the next in line at once, across threads and processes. Whoever dies
leaves the line; whoever doesn't stand in it still has SQLite's own lock to wait for.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def turn_to_write() -> Iterator[None]:
    """Wait for this thread's turn; it ends with the block. Other engines need none."""
    if connection.vendor != "sqlite":
        yield
        return
    with open(f"{connection.settings_dict['NAME']}-line", "a") as line:
        fcntl.flock(line, fcntl.LOCK_EX)
        yield
