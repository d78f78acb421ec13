"""Takes over a clinic's bookings whose patients already know of them.

For the day on which a clinic begins to use this program: without it, everybody with a
future visit would get an invitation at once.
"""

from datetime import datetime

from courses.actors import Actor
from courses.models import Patient
from courses.transactions import action
from notifications.actions.plan_notifications import lock_planning
from notifications.models import Notification
from notifications.rules import INVITE
from scheduler.models import Appointment

REASON = "The patient was told before this program was in use."


@action
def count_as_told(*, settled_before: datetime, actor: Actor, now: datetime) -> int:
    """Every booked visit to come, settled before then, counts as told to its patient.

    Nothing is sent for it until it changes; a later cancellation is told. Visits of
    which any message exists are left alone. Returns how many were counted.
    """
    lock_planning()
    untold = (
        Appointment.objects.filter(
            status=Appointment.Status.BOOKED,
            starts_at__gt=now,
            revised_at__lt=settled_before,
            patient__preferred_channel=Patient.Channel.EMAIL,
            notifications=None,
        )
        .exclude(patient__email="")
        .select_related("patient")
        .order_by("starts_at", "pk")
    )
    rows = [_told(appointment) for appointment in untold]
    Notification.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _told(appointment: Appointment) -> Notification:
    told_at = appointment.revised_at
    return Notification(
        appointment=appointment,
        revision=appointment.revision,
        sequence=appointment.sequence,
        uid=appointment.uid,
        rule_code=INVITE,
        kind=Notification.Kind.INVITE,
        recipient=appointment.patient.mailbox,
        shows_starts_at=appointment.starts_at,
        shows_ends_at=appointment.ends_at,
        shows_site_id=appointment.site_id,
        planned_at=told_at,
        due_at=told_at,
        expires_at=appointment.starts_at,
        stamped_at=told_at.replace(microsecond=0),
        status=Notification.Status.SENT,
        sent_at=told_at,
        reason=REASON,
    )
