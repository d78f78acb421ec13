"""Give a course the session in which the patient is assessed."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import CourseNotReady
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session, VisitType
from courses.transactions import action


@action
def add_assessment_session(
    *, course: Course, visit_type: VisitType, actor: Actor, now: datetime
) -> Session:
    """Make an open assessment session exist; one that is still open is reused.

    Raises CourseNotReady when the visit type is not an assessment or the course has
    ended.
    """
    locked = lock_active_course(course.pk)
    if visit_type.kind != VisitType.Kind.ASSESSMENT:
        raise CourseNotReady.because(
            f"{visit_type.name} is not an assessment. Choose a visit type that is."
        )
    session = session_to_assess(locked, visit_type)
    if not session._state.adding:
        return session
    session.save()
    record(
        CourseEvent.Kind.ASSESSMENT_PLANNED,
        course=locked,
        session=session,
        actor=actor,
        now=now,
    )
    return session


def session_to_assess(course: Course, visit_type: VisitType) -> Session:
    """Return the assessment session that waits, or one that isn't stored yet."""
    waiting = (
        Session.objects.filter(
            course=course, visit_type__kind=visit_type.kind, status="open"
        )
        .order_by("position")
        .first()
    )
    if waiting is not None:
        return waiting
    earlier = Session.objects.filter(course=course).count()
    return Session(
        course=course,
        visit_type=visit_type,
        label=visit_type.name,
        # Before every step of a protocol, whose positions begin at one.
        position=0 if not earlier else 1000 + earlier,
    )
