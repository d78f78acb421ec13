"""Hold a time for a session until it is confirmed or the hold expires."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import BadInput
from courses.locks import lock_active_course
from courses.models import Session
from courses.transactions import action
from scheduler.models import Appointment, AppointmentEvent, Site
from scheduler.placing import Chosen, fresh_session, place_session


@action
def hold_appointment(
    *,
    session: Session,
    site: Site,
    starts_at: datetime,
    hold_expires_at: datetime,
    chosen: Chosen | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make a held appointment that keeps its people and things until it expires.

    A dose may be held before an assessment. Raises NotFree, OutsideWindow,
    SessionClosed, BadInput and the database's own refusals.
    """
    course = lock_active_course(session.course_id)
    if hold_expires_at <= now:
        raise BadInput.because(
            "The hold would expire at once. Choose an expiry in the future."
        )
    return place_session(
        course=course,
        session=fresh_session(session, course),
        site=site,
        starts_at=starts_at,
        chosen=chosen,
        status=Appointment.Status.HELD,
        kind=AppointmentEvent.Kind.HELD,
        hold_expires_at=hold_expires_at,
        override_reason=override_reason,
        actor=actor,
        now=now,
    )
