"""Sends what is due. Ticked from several sides; more ticks only find less to do."""

import logging
import time
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from courses.actors import Actor
from notifications.channels.delivery import Delivery, deliver
from notifications.channels.email import email_of
from notifications.leases import (
    LEASE,
    HandOver,
    Lease,
    Outcome,
    begin_hand_over,
    claim,
    record,
    release,
)
from notifications.letters import letter_for

logger = logging.getLogger(__name__)

MESSAGES_AT_A_TIME = 20
# A broker message should be worthless soon: what is left is for the next tick.
LONGEST_RUN = timedelta(seconds=45)


class Clock:
    """Time that goes on from `now`, whatever is done to the machine's clock."""

    def __init__(self, now: datetime) -> None:
        self._began_at = now
        self._began = time.monotonic()

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._began)

    @property
    def now(self) -> datetime:
        return self._began_at + self.elapsed


def dispatch_notifications(*, actor: Actor, now: datetime) -> int:
    """Every message that is due has been sent, or its row says why not.

    Each is sent at least once: a sender that is stopped between the mail server's
    answer and our record makes the next one send again, with the same Message-ID.
    Returns how many were sent. No transaction is open while mail is sent.
    """
    clock = Clock(now)
    connection = get_connection(fail_silently=False)
    sent = 0
    try:
        while clock.elapsed < LONGEST_RUN:
            lease = claim(limit=MESSAGES_AT_A_TIME, now=clock.now)
            if not lease.ids:
                break
            if not _is_open(connection):
                release(lease=lease, ids=lease.ids)
                break
            sent += _send_all(lease, connection, clock)
    finally:
        _close(connection)
    return sent


def _send_all(lease: Lease, connection: BaseEmailBackend, clock: Clock) -> int:
    sent = 0
    for place, pk in enumerate(lease.ids):
        # What cannot surely be finished within the lease is left to others.
        if lease.until - clock.now < LEASE / 2 or not _is_open(connection):
            release(lease=lease, ids=lease.ids[place:])
            break
        hand_over = begin_hand_over(pk=pk, lease=lease, now=clock.now)
        if hand_over is None:
            continue
        delivery = _deliver(hand_over, connection)
        sent += record(hand_over=hand_over, delivery=delivery, now=clock.now)
        if delivery.breaks_connection:
            _close(connection)
    return sent


def _deliver(hand_over: HandOver, connection: BaseEmailBackend) -> Delivery:
    try:
        mail = email_of(letter_for(hand_over.row))
    except Exception as error:
        # One record that can't be put into words must not stop the others.
        logger.exception("Message %s could not be written", hand_over.row.pk)
        return Delivery(Outcome.REFUSED_FOR_NOW, f"It could not be written: {error}")
    return deliver(mail, connection)


def _is_open(connection: BaseEmailBackend) -> bool:
    """Open the connection if need be; before the first byte, a failure is harmless."""
    try:
        connection.open()
    except OSError as error:
        logger.warning("The mail server can't be reached: %s", error)
        return False
    return True


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except OSError as error:
        logger.info("The mail server was gone before we could say goodbye: %s", error)
