"""Book a time for a session."""

from datetime import datetime

from courses.actors import Actor
from courses.locks import lock_active_course
from courses.models import Session
from courses.transactions import action
from scheduler.models import Appointment, AppointmentEvent, Site
from scheduler.placing import Chosen, fresh_session, place_session


@action
def book_appointment(
    *,
    session: Session,
    site: Site,
    starts_at: datetime,
    chosen: Chosen | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make a booked appointment with all its claims.

    Raises NotEligible for a dose without an assessment valid on its day, NotFree,
    OutsideWindow, SessionClosed, BadInput and the database's own refusals.
    """
    course = lock_active_course(session.course_id)
    return place_session(
        course=course,
        session=fresh_session(session, course),
        site=site,
        starts_at=starts_at,
        chosen=chosen,
        status=Appointment.Status.BOOKED,
        kind=AppointmentEvent.Kind.BOOKED,
        override_reason=override_reason,
        actor=actor,
        now=now,
    )
