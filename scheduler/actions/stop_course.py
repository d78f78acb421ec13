"""Stop a course early."""

from datetime import datetime

from courses.actions.end_course import end_course
from courses.actors import Actor
from courses.models import Course
from courses.transactions import action
from scheduler.course_release import release_future


@action
def stop_course(*, course: Course, reason: str, actor: Actor, now: datetime) -> Course:
    """Make the course stopped early and cancel everything that was still to come."""
    ended = end_course(
        course=course,
        status=Course.Status.STOPPED_EARLY,
        reason=reason,
        actor=actor,
        now=now,
    )
    release_future(ended, reason="The course was stopped early", actor=actor, now=now)
    return ended
