"""Let holds lapse whose time to be confirmed is over."""

from datetime import datetime

from courses.actors import Actor
from courses.transactions import action
from scheduler.errors import StaleAppointment
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.transitions import change_status


def lapse_expired_holds(*, actor: Actor, now: datetime) -> int:
    """Make every expired hold free its time; return how many there were.

    Each in a transaction of its own: one that somebody confirms at this very moment
    doesn't keep the others.
    """
    expired = Appointment.objects.lapsed_holds(now).select_related("session")
    lapsed = 0
    for appointment in expired.order_by("hold_expires_at"):
        try:
            _lapse(appointment, actor, now)
        except StaleAppointment:
            continue
        lapsed += 1
    return lapsed


@action
def _lapse(appointment: Appointment, actor: Actor, now: datetime) -> None:
    _, locked = lock_appointment(appointment, appointment.revision)
    change_status(
        locked,
        Appointment.Status.EXPIRED,
        AppointmentEvent.Kind.EXPIRED,
        actor=actor,
        now=now,
    )
