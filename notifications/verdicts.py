"""The last look at the world before a message leaves."""

from datetime import datetime

from notifications.models import Notification
from notifications.planning import REPLACED, shown_by
from notifications.rules import MAY_HAVE_LEFT, Told, calendar_copies, knows_already
from scheduler.models import Appointment

Kind = Notification.Kind
Status = Notification.Status

_BEGUN = "The appointment's time had come before this could be sent."
_LATE = "It was too late for this reminder."
_NOTHING_TO_TAKE_BACK = "No invitation had left, so there is nothing to take back."
_KNOWN = "The patient's calendar shows this already."
_NOT_ON = "The appointment is not on any more."
_OTHER_ADDRESS = "The patient is reached another way now."


def why_not_send(row: Notification, now: datetime) -> tuple[str, str] | None:
    """Return the status and the reason with which this row ends unsent, or None."""
    if row.appointment.revision != row.revision:
        return _ended(row, Status.SUPERSEDED, REPLACED)
    if row.expires_at <= now:
        late = _LATE if row.kind == Kind.REMINDER else _BEGUN
        return _ended(row, Status.SUPPRESSED, late)
    reason = _not_to_take_back(row) if row.kind == Kind.CANCEL else _not_to_tell(row)
    return _ended(row, Status.SUPPRESSED, reason) if reason else None


def _ended(row: Notification, status: str, reason: str) -> tuple[str, str]:
    # Once a hand-over broke off, "not sent" would claim more than anybody knows.
    return (Status.UNKNOWN if row.unsure_hand_overs else status), reason


def _not_to_take_back(row: Notification) -> str:
    for copy in calendar_copies(_told_before(row)):
        if copy.recipient == row.recipient and copy.shows is not None:
            return ""
    return _NOTHING_TO_TAKE_BACK


def _not_to_tell(row: Notification) -> str:
    if row.appointment.status != Appointment.Status.BOOKED:
        return _NOT_ON
    if row.appointment.patient.mailbox != row.recipient:
        return _OTHER_ADDRESS
    if row.kind == Kind.INVITE:
        copies = calendar_copies(_told_before(row))
        if knows_already(shown_by(row.appointment), row.recipient, copies):
            return _KNOWN
    return ""


def _told_before(row: Notification) -> list[Told]:
    others = Notification.objects.filter(
        appointment=row.appointment_id, recipient=row.recipient
    ).exclude(pk=row.pk)
    told = [each.told for each in others.order_by("sequence", "stamped_at", "id")]
    return [each for each in told if each.status in MAY_HAVE_LEFT - {"leased"}]
