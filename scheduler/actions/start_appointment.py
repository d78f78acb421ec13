"""Start a visit."""

from datetime import datetime

from courses.actions.mark_session import mark_session
from courses.actors import Actor
from courses.models import Session
from courses.transactions import action
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.placing import check_eligible
from scheduler.transitions import change_status


@action
def start_appointment(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make an arrived patient's visit be in session.

    A dose asks again for an assessment that is valid today: a decision may have
    changed since booking. Raises NotEligible, TransitionRefused, StaleAppointment.
    """
    course, locked = lock_appointment(appointment, revision)
    check_eligible(course, locked.session, now, locked.site)
    started = change_status(
        locked,
        Appointment.Status.IN_SESSION,
        AppointmentEvent.Kind.STARTED,
        actor=actor,
        now=now,
    )
    mark_session(
        session=locked.session,
        status=Session.Status.IN_PROGRESS,
        actor=actor,
        now=now,
    )
    return started
