"""End a course, completed or stopped early."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import CourseNotReady
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session
from courses.transactions import action

_KINDS = {
    Course.Status.COMPLETED: CourseEvent.Kind.COURSE_COMPLETED,
    Course.Status.STOPPED_EARLY: CourseEvent.Kind.COURSE_STOPPED,
}


@action
def end_course(
    *, course: Course, status: str, reason: str, actor: Actor, now: datetime
) -> Course:
    """Make the course ended; sessions that are still open become omitted.

    Raises CourseNotReady without a reason for stopping early, or when it has ended.
    """
    locked = lock_active_course(course.pk)
    if status == Course.Status.STOPPED_EARLY and not reason.strip():
        raise CourseNotReady.because("Say why the course is stopped early.")
    locked.status = Course.Status(status)
    locked.ended_at = now
    locked.save(update_fields=["status", "ended_at"])
    Session.objects.filter(course=locked, status=Session.Status.OPEN).update(
        status=Session.Status.OMITTED
    )
    record(
        _KINDS[locked.status],
        course=locked,
        details={"reason": reason.strip()},
        actor=actor,
        now=now,
    )
    return locked
