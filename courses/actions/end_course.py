"""End a course, completed or stopped early."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import CourseNotReady
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, CourseHold, Session, VisitType
from courses.rules.ending import refuse_completion
from courses.transactions import action

_KINDS = {
    Course.Status.COMPLETED: CourseEvent.Kind.COURSE_COMPLETED,
    Course.Status.STOPPED_EARLY: CourseEvent.Kind.COURSE_STOPPED,
}


@action
def end_course(
    *,
    course: Course,
    status: str,
    reason: str,
    visits_left: int = 0,
    actor: Actor,
    now: datetime,
) -> Course:
    """Make the course ended; open sessions become omitted, and a hold is over.

    `visits_left` counts what is on the calendar and not over yet. Raises CourseNotReady
    without a reason for stopping early, when it isn't complete, or when it has ended.
    """
    locked = lock_active_course(course.pk)
    if status == Course.Status.COMPLETED:
        _refuse_incomplete(locked, visits_left)
    if status == Course.Status.STOPPED_EARLY and not reason.strip():
        raise CourseNotReady.because("Say why the course is stopped early.")
    locked.status = Course.Status(status)
    locked.ended_at = now
    locked.save(update_fields=["status", "ended_at"])
    Session.objects.filter(course=locked, status=Session.Status.OPEN).update(
        status=Session.Status.OMITTED
    )
    CourseHold.objects.open().filter(course=locked).update(ended_at=now)
    record(
        _KINDS[locked.status],
        course=locked,
        details={"reason": reason.strip()},
        actor=actor,
        now=now,
    )
    return locked


def _refuse_incomplete(course: Course, visits_left: int) -> None:
    doses = list(
        Session.objects.filter(
            course=course, visit_type__kind=VisitType.Kind.DOSING
        ).values_list("status", flat=True)
    )
    refusal = refuse_completion(
        doses_given=doses.count(Session.Status.DONE),
        doses_open=sum(status in Session.NOT_OVER for status in doses),
        visits_left=visits_left,
    )
    if refusal is not None:
        raise CourseNotReady(refusal)
