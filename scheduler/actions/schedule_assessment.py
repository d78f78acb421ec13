"""Book the assessment of a referred patient."""

from datetime import datetime

from courses.actions.add_assessment_session import add_assessment_session
from courses.actors import Actor
from courses.models import Course, VisitType
from courses.transactions import action
from scheduler.actions.book_appointment import book_appointment
from scheduler.models import Appointment, Site
from scheduler.placing import Chosen


@action
def schedule_assessment(
    *,
    course: Course,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    chosen: Chosen | None = None,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make the course have an assessment session with a booked appointment.

    Raises what add_assessment_session and book_appointment raise.
    """
    session = add_assessment_session(
        course=course, visit_type=visit_type, actor=actor, now=now
    )
    return book_appointment(
        session=session,
        site=site,
        starts_at=starts_at,
        chosen=chosen,
        actor=actor,
        now=now,
    )
