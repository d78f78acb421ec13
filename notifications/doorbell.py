"""Rings for the planner after a commit, so that what is owed can be seen at once.

The only signal receiver in the product. Nothing depends on it: without a broker the
next tick finds the same events, fifteen seconds later at most.
"""

import logging
import time
from typing import Any

from celery import current_app
from django.db import transaction

from scheduler.appointment_history import history_written

logger = logging.getLogger(__name__)

TASK = "notifications.tasks.plan_notifications"
_QUIET_SECONDS = 1.0
# Without these a page waits six seconds for a broker that is down, whatever the
# settings say about retries.
_NO_WAITING = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 1,
}
_last_rung = float("-inf")


def connect() -> None:
    """From now on, each committed change of an appointment rings."""
    history_written.connect(_on_history, dispatch_uid="notifications.doorbell")


def _on_history(**about: Any) -> None:
    transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Ask a worker to plan now; one ring stands for all events of the same second."""
    global _last_rung
    now = time.monotonic()
    if now - _last_rung < _QUIET_SECONDS:
        return
    _last_rung = now
    try:
        with current_app.connection_for_write(transport_options=_NO_WAITING) as broker:
            current_app.send_task(TASK, connection=broker, retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, we go on
        logger.info("Nobody heard the doorbell; the next tick will do: %s", error)
