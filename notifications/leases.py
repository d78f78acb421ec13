"""Who holds which message, and what became of it, in short guarded transactions.

A row is changed only by the holder of its lease token, so a sender that overslept
cannot overwrite what its successor did. No transaction is open while mail is sent.
"""

import logging
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from courses.transactions import action
from notifications.channels.delivery import Delivery
from notifications.models import DeliveryAttempt, Notification
from notifications.rules import MOST_ATTEMPTS, MOST_KILLS, wait_before_retry
from notifications.verdicts import why_not_send

logger = logging.getLogger(__name__)
Outcome = DeliveryAttempt.Outcome
Status = Notification.Status

LEASE = timedelta(seconds=120)
_NO_LEASE = {"lease_token": None, "lease_until": None}
_STOPPED = "The sender was stopped three times while it worked on this message."


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send these rows, until it runs out."""

    token: uuid.UUID
    ids: tuple[int, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class HandOver:
    """A message about to leave, and the try that it is."""

    row: Notification
    attempt_id: int
    token: uuid.UUID


@action
def claim(*, limit: int, now: datetime) -> Lease:
    """Take up to that many messages: abandoned ones first, then those that are due."""
    token, until = uuid.uuid4(), now + LEASE
    rows = Notification.objects.select_for_update(skip_locked=True, of=("self",))
    abandoned = list(rows.abandoned(now).order_by("lease_until", "id")[:limit])
    resumed = [row.pk for row in abandoned if not _set_aside(row)]
    due = list(rows.due(now)[: limit - len(resumed)].values_list("pk", flat=True))
    ids = (*resumed, *due)
    Notification.objects.filter(pk__in=ids).update(
        status=Status.LEASED, lease_token=token, lease_until=until
    )
    return Lease(token, ids, until)


def _set_aside(row: Notification) -> bool:
    """Count what a lost sender left; return whether the row may not be tried again."""
    if row.status == Status.LEASED:
        return False
    # The one ambiguous window: the server may have the message, we have no answer.
    row.unsure_hand_overs = F("unsure_hand_overs") + 1
    row.kills += 1
    fields = ["unsure_hand_overs", "kills"]
    is_poison = row.kills >= MOST_KILLS
    if is_poison:
        row.status, row.reason = Status.POISON, _STOPPED
        row.lease_token = row.lease_until = None
        fields += ["status", "reason", *_NO_LEASE]
        logger.error("Message %s was set aside: %s", row.pk, _STOPPED)
    row.save(update_fields=fields)
    return is_poison


def release(*, lease: Lease, ids: Iterable[int]) -> None:
    """Give untouched messages back, due as they were."""
    held = Notification.objects.filter(
        pk__in=tuple(ids), lease_token=lease.token, status=Status.LEASED
    )
    held.update(status=Status.PLANNED, **_NO_LEASE)


@action
def begin_hand_over(*, pk: int, lease: Lease, now: datetime) -> HandOver | None:
    """Read the world again, then mark the message as leaving; or close it, with why."""
    rows = Notification.objects.select_for_update(of=("self",)).select_related(
        "appointment__patient", "appointment__session__visit_type", "shows_site"
    )
    held = rows.filter(pk=pk, lease_token=lease.token, status=Status.LEASED)
    row = held.first()
    if row is None:
        return None
    verdict = why_not_send(row, now)
    if verdict is not None:
        row.status, row.reason = verdict
        row.lease_token = row.lease_until = None
        row.save(update_fields=["status", "reason", *_NO_LEASE])
        return None
    row.status, row.attempts = Status.HANDING_OVER, row.attempts + 1
    row.lease_until = now + LEASE
    row.save(update_fields=["status", "attempts", "lease_until"])
    attempt = DeliveryAttempt.objects.create(
        notification=row, number=row.attempts, began_at=now
    )
    return HandOver(row, attempt.pk, lease.token)


@action
def record(*, hand_over: HandOver, delivery: Delivery, now: datetime) -> bool:
    """Keep how the try ended and return whether the message is now sent."""
    DeliveryAttempt.objects.filter(pk=hand_over.attempt_id).update(
        outcome=delivery.outcome, answer=delivery.answer, ended_at=now
    )
    held = Notification.objects.filter(
        pk=hand_over.row.pk, lease_token=hand_over.token, status=Status.HANDING_OVER
    )
    row = held.select_for_update().first()
    if row is None:
        logger.warning("The lease of message %s had run out.", hand_over.row.pk)
        return False
    _settle(row, delivery, now)
    row.lease_token = row.lease_until = None
    row.save(
        update_fields=[
            *("status", "reason", "sent_at", "due_at", "unsure_hand_overs"),
            *_NO_LEASE,
        ]
    )
    return delivery.outcome == Outcome.ACCEPTED


def _settle(row: Notification, delivery: Delivery, now: datetime) -> None:
    if delivery.outcome == Outcome.ACCEPTED:
        row.status, row.reason, row.sent_at = Status.SENT, "", now
        return
    row.reason = delivery.answer or "The mail server gave no reason."
    if delivery.outcome == Outcome.UNSURE:
        row.unsure_hand_overs += 1
    # A fifth more or less, so that mails refused together don't all come back together.
    wait = wait_before_retry(row.attempts) * random.uniform(0.8, 1.2)  # noqa: S311
    is_last = row.attempts >= MOST_ATTEMPTS or now + wait >= row.expires_at
    if delivery.outcome == Outcome.REFUSED or is_last:
        row.status = Status.UNKNOWN if row.unsure_hand_overs else Status.FAILED
    else:
        row.status, row.due_at = Status.PLANNED, now + wait
