"""Complete a course."""

from datetime import datetime

from courses.actions.end_course import end_course
from courses.actors import Actor
from courses.locks import lock_active_course
from courses.models import Course
from courses.transactions import action
from scheduler.models import Appointment
from scheduler.rules import NOT_OVER


@action
def complete_course(*, course: Course, actor: Actor, now: datetime) -> Course:
    """Make the course completed.

    Raises CourseNotReady while visits are to come or doses are open: to call those off
    is to stop the course early.
    """
    # Under the lock nobody books another visit between the count and the end.
    locked = lock_active_course(course.pk)
    visits = Appointment.objects.filter(session__course=locked, status__in=NOT_OVER)
    return end_course(
        course=locked,
        status=Course.Status.COMPLETED,
        reason="",
        visits_left=visits.count(),
        actor=actor,
        now=now,
    )
