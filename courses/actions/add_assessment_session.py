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
    waiting = (
        Session.objects.filter(
            course=locked, visit_type__kind=visit_type.kind, status="open"
        )
        .order_by("position")
        .first()
    )
    if waiting is not None:
        return waiting
    earlier = Session.objects.filter(course=locked).count()
    session = Session.objects.create(
        course=locked,
        visit_type=visit_type,
        label=visit_type.name,
        # Before every step of a protocol, whose positions begin at one.
        position=0 if not earlier else 1000 + earlier,
    )
    record(
        CourseEvent.Kind.ASSESSMENT_PLANNED,
        course=locked,
        session=session,
        actor=actor,
        now=now,
    )
    return session
