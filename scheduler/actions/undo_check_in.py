"""Undo a check-in that was a slip."""

from datetime import datetime

from courses.actors import Actor
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.transitions import change_status


@action
def undo_check_in(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make an arrived patient booked again."""
    _, locked = lock_appointment(appointment, revision)
    if locked.status != Appointment.Status.ARRIVED:
        raise TransitionRefused.because(
            f"The appointment is {locked.get_status_display().lower()}, "
            "so there is no check-in to undo."
        )
    return change_status(
        locked,
        Appointment.Status.BOOKED,
        AppointmentEvent.Kind.CHECK_IN_UNDONE,
        actor=actor,
        now=now,
    )
