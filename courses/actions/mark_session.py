"""Say what became of a session: in progress, done, missed, or open again."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import SessionClosed
from courses.history import record
from courses.models import Course, CourseEvent, Session, VisitType
from courses.rules.session_status import may_become
from courses.transactions import action


@action
def mark_session(
    *, session: Session, status: str, actor: Actor, now: datetime
) -> Session:
    """Give the session its status; the first treatment visit puts the course in
    treatment.

    Called by actions that hold the course's lock. Raises SessionClosed for a session
    that can't become that any more.
    """
    current = Session.objects.select_related("course__patient", "visit_type").get(
        pk=session.pk
    )
    if current.status == status:
        return current
    if not may_become(current.status, status):
        raise SessionClosed.because(
            f"{current.label} is {current.get_status_display().lower()}, so it can't "
            f"be {Session.Status(status).label.lower()}."
        )
    before, current.status = current.status, Session.Status(status)
    current.save(update_fields=["status"])
    record(
        CourseEvent.Kind.SESSION_STATUS,
        course=current.course,
        session=current,
        details={"from": before, "to": status},
        actor=actor,
        now=now,
    )
    if status == Session.Status.IN_PROGRESS:
        _begin_treatment(current, actor, now)
    return current


def _begin_treatment(session: Session, actor: Actor, now: datetime) -> None:
    course = session.course
    is_treatment = session.visit_type.kind != VisitType.Kind.ASSESSMENT
    if is_treatment and course.status == Course.Status.ELIGIBLE:
        course.status = Course.Status.IN_TREATMENT
        course.save(update_fields=["status"])
        record(CourseEvent.Kind.TREATMENT_STARTED, course=course, actor=actor, now=now)
