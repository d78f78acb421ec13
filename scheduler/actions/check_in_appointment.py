"""Check a patient in."""

from datetime import datetime

from courses.actors import Actor
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.rules import is_same_day
from scheduler.transitions import change_status


@action
def check_in_appointment(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make the patient arrived. Only on the local day of the visit."""
    _, locked = lock_appointment(appointment, revision)
    if not is_same_day(locked.starts_at, now, locked.site.zone):
        on = locked.starts_at.astimezone(locked.site.zone)
        raise TransitionRefused.because(
            f"This visit is on {on:%a, %b} {on.day}. "
            "Patients are checked in on the day of the visit."
        )
    return change_status(
        locked,
        Appointment.Status.ARRIVED,
        AppointmentEvent.Kind.CHECKED_IN,
        actor=actor,
        now=now,
    )
