"""The broker in a folder, whose programs may be killed at any line.

Kombu's own writes its files where others already read them. Whoever reads one too
early, or after its writer was killed, finds half of it: a worker dies of half a
message, and never starts again over half an exchange. Here a file appears whole or
not at all, and one that was cut short by other means counts as not being there.
"""

import fcntl
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Kombu's channel, but nobody sees a file before it is complete."""

    def _put(  # type: ignore[override]  # its own types disagree about the names
        self, queue: str, payload: Any, **about: Any
    ) -> None:
        # Messages are taken in the order of their names, by the queue at the end.
        name = f"{time.monotonic_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out, name), payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except ValueError:
            # A message only says "look", and the next tick says so again.
            logger.warning("A message to %s was cut short and is passed over.", queue)
            raise Empty from None

    def get_table(self, exchange: str) -> list[Any]:
        """Return the queues that are bound to the exchange."""
        try:
            return list(super().get_table(exchange))
        except ValueError:
            logger.warning("The list of %s was cut short; it is made anew.", exchange)
            return []

    def _queue_bind(
        self,
        exchange: str,
        routing_key: str | None,
        pattern: str | None,
        queue: str | None,
    ) -> None:
        binding = filesystem.exchange_queue_t(
            routing_key or "", pattern or "", queue or ""
        )
        with self._table_to_change(exchange) as table:
            if binding not in table:
                table.insert(0, binding)

    def _delete(self, queue: str, exchange: str, *about: Any, **more: Any) -> None:
        self._purge(queue)
        with self._table_to_change(exchange) as table:
            table[:] = [binding for binding in table if binding.queue != queue]

    @contextmanager
    def _table_to_change(self, exchange: str) -> Iterator[list[Any]]:
        """Keep what the block does to the table; blocks of others wait."""
        with (self.control_folder / ".line").open("a") as line:
            fcntl.flock(line, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            before = list(table)
            yield table
            if table != before:
                _write(self.control_folder / f"{exchange}.exchange", table)


class Transport(filesystem.Transport):
    """Kombu's transport over that channel."""

    Channel = Channel
    # A worker takes one message at each look. With kombu's one look a second, the
    # rings of a busy desk hold back the ticks that send, until those expire.
    polling_interval = 0.1


def _write(path: Path, content: object) -> None:
    # Nothing that reads the folder looks at names that end so.
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.write_text(dumps(content))
    draft.replace(path)
