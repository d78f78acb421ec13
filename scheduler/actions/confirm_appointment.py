"""Confirm a held appointment: it becomes booked."""

from datetime import datetime

from courses.actors import Actor
from courses.locks import refuse_ended
from courses.rules.eligibility import ASK_THEN_CONFIRM
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.placing import check_eligible
from scheduler.transitions import change_status


@action
def confirm_appointment(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make the hold a booking.

    Raises NotEligible for a dose without an assessment valid on its day,
    TransitionRefused when it isn't held or has lapsed, and StaleAppointment.
    """
    course, locked = lock_appointment(appointment, revision)
    if locked.status != Appointment.Status.HELD:
        raise TransitionRefused.because(
            f"The appointment is {locked.get_status_display().lower()}, "
            "so there is no hold to confirm."
        )
    if locked.hold_expires_at is not None and locked.hold_expires_at <= now:
        raise TransitionRefused.because(
            "This hold has expired. Book the session again; its time may still be free."
        )
    refuse_ended(course)
    check_eligible(
        course, locked.session, locked.starts_at, locked.site, way_out=ASK_THEN_CONFIRM
    )
    locked.hold_expires_at = None
    return change_status(
        locked,
        Appointment.Status.BOOKED,
        AppointmentEvent.Kind.CONFIRMED,
        fields=("hold_expires_at",),
        actor=actor,
        now=now,
    )
