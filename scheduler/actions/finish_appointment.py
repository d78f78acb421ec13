"""Finish a visit."""

from datetime import datetime

from courses.actions.mark_session import mark_session
from courses.actors import Actor
from courses.models import Session, VisitType
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.transitions import change_status


@action
def finish_appointment(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make the visit completed and its session done.

    A dose is finished from recovery only. Raises TransitionRefused, StaleAppointment.
    """
    _, locked = lock_appointment(appointment, revision)
    is_dose = locked.session.visit_type.kind == VisitType.Kind.DOSING
    if is_dose and locked.status == Appointment.Status.IN_SESSION:
        raise TransitionRefused.because(
            "A dosing session ends with recovery. Begin the recovery first."
        )
    finished = change_status(
        locked,
        Appointment.Status.COMPLETED,
        AppointmentEvent.Kind.FINISHED,
        actor=actor,
        now=now,
    )
    mark_session(
        session=locked.session, status=Session.Status.DONE, actor=actor, now=now
    )
    return finished
