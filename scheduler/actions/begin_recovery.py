"""Begin the recovery after a dose."""

from datetime import datetime

from courses.actors import Actor
from courses.models import VisitType
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.transitions import change_status


@action
def begin_recovery(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make a dosing visit recovering; other visits have no recovery."""
    _, locked = lock_appointment(appointment, revision)
    if locked.session.visit_type.kind != VisitType.Kind.DOSING:
        raise TransitionRefused.because(
            "Only a dosing session has a recovery. Finish this visit instead."
        )
    return change_status(
        locked,
        Appointment.Status.RECOVERING,
        AppointmentEvent.Kind.RECOVERY_BEGUN,
        actor=actor,
        now=now,
    )
