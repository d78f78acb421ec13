"""Reads appointments and what was told of them, and writes the messages they owe."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from notifications.models import Notification, ReminderRule
from notifications.rules import Owed, Placement, ReminderTime, Shown, owed_messages
from scheduler.models import Appointment, AppointmentEvent

# Events after which the patient's time, place or mailbox may be another. People who
# check in or start a session change the revision, but not the patient's calendar.
_SETTLING_KINDS = (
    "booked",
    "confirmed",
    "moved",
    "readdressed",
    "restored",
    "cancelled",
    "expired",
)
_NO_LONGER_OWED = "The rule or the address behind this message has changed."
REPLACED = "The appointment has changed since. A newer message takes its place."


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known about some appointments and about what was told of them."""

    settled_at: dict[UUID, datetime]
    told: dict[UUID, list[Notification]]
    rules: tuple[ReminderTime, ...]


def plan_messages(appointments: Sequence[Appointment], *, now: datetime) -> int:
    """Make every message that these appointments owe exist, once, and no other.

    Planned messages about older revisions are superseded. Returns how many rows
    were added. The caller holds the planners' lock.
    """
    ids = [appointment.pk for appointment in appointments]
    supersede_outdated(ids)
    ledger = _read_ledger(ids)
    rows = [row for each in appointments for row in _bring_in_step(each, ledger, now)]
    Notification.objects.bulk_create(rows)
    return len(rows)


def supersede_outdated(appointment_ids: Iterable[UUID]) -> int:
    """Replace planned messages about revisions of these that are no longer the last."""
    outdated = Notification.objects.filter(appointment__in=appointment_ids).outdated()
    return outdated.update(status=Notification.Status.SUPERSEDED, reason=REPLACED)


def shown_by(appointment: Appointment) -> Shown:
    """Return what the patient's calendar should show of the appointment."""
    return Shown(appointment.starts_at, appointment.ends_at, appointment.site_id)


def _read_ledger(appointment_ids: Sequence[UUID]) -> Ledger:
    events = AppointmentEvent.objects.filter(
        appointment__in=appointment_ids, kind__in=_SETTLING_KINDS
    ).order_by("revision", "id")
    settled_at = dict(events.values_list("appointment_id", "occurred_at"))
    told: dict[UUID, list[Notification]] = defaultdict(list)
    rows = Notification.objects.filter(appointment__in=appointment_ids)
    for row in rows.order_by("sequence", "stamped_at", "id"):
        told[row.appointment_id].append(row)
    rules = ReminderRule.objects.filter(is_active=True)
    return Ledger(settled_at, told, tuple(rule.time for rule in rules))


def _bring_in_step(
    appointment: Appointment, ledger: Ledger, now: datetime
) -> list[Notification]:
    """Correct the planned messages of the last revision; return what is missing."""
    rows = ledger.told[appointment.pk]
    settled_at = ledger.settled_at.get(appointment.pk, appointment.created_at)
    owed = owed_messages(
        _placement(appointment, settled_at),
        [row.told for row in rows],
        ledger.rules,
        tell_after=timedelta(seconds=settings.TELL_AFTER_SECONDS),
        now=now,
    )
    have = {
        (row.rule_code, row.recipient): row
        for row in rows
        if row.revision == appointment.revision
    }
    _correct(have, {(each.rule_code, each.recipient): each for each in owed})
    return [
        _row(appointment, each, _stamp(rows, now), now)
        for each in owed
        if (each.rule_code, each.recipient) not in have
    ]


def _placement(appointment: Appointment, settled_at: datetime) -> Placement:
    return Placement(
        status=appointment.status,
        shown=shown_by(appointment),
        settled_at=settled_at,
        recipient=appointment.patient.mailbox,
        zone=appointment.site.zone,
        visit_kind=appointment.session.visit_type.kind,
    )


def _correct(
    have: dict[tuple[str, str], Notification], owed: dict[tuple[str, str], Owed]
) -> None:
    status = Notification.Status
    for key, row in have.items():
        if row.status != status.PLANNED:
            continue
        # Only rows that nobody has taken since may still be corrected.
        planned = Notification.objects.planned().filter(pk=row.pk)
        due = owed.get(key)
        if due is None:
            planned.update(status=status.SUPERSEDED, reason=_NO_LONGER_OWED)
        elif due.reason:
            planned.update(status=status.SUPPRESSED, reason=due.reason)
        elif row.kind == row.Kind.REMINDER and not row.attempts:
            # Says the same again unless the rule's time has been changed.
            planned.exclude(due_at=due.due_at, expires_at=due.expires_at).update(
                due_at=due.due_at, expires_at=due.expires_at
            )


def _stamp(rows: Iterable[Notification], now: datetime) -> datetime:
    # Calendars keep whole seconds and ignore what is not newer than what they have.
    stamps = [row.stamped_at for row in rows]
    second = now.replace(microsecond=0)
    return max([second, *(stamp + timedelta(seconds=1) for stamp in stamps)])


def _row(
    appointment: Appointment, owed: Owed, stamped_at: datetime, now: datetime
) -> Notification:
    status = Notification.Status
    return Notification(
        appointment=appointment,
        revision=appointment.revision,
        sequence=appointment.sequence,
        uid=owed.uid or appointment.uid,
        rule_code=owed.rule_code,
        kind=owed.kind,
        recipient=owed.recipient,
        shows_starts_at=owed.shown.starts_at,
        shows_ends_at=owed.shown.ends_at,
        shows_site_id=owed.shown.site_id,
        planned_at=now,
        due_at=owed.due_at,
        expires_at=owed.expires_at,
        stamped_at=stamped_at,
        status=status.SUPPRESSED if owed.reason else status.PLANNED,
        reason=owed.reason,
    )
