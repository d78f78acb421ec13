"""Complete a course."""

from datetime import datetime

from courses.actions.end_course import end_course
from courses.actors import Actor
from courses.models import Course
from courses.transactions import action
from scheduler.course_release import release_future


@action
def complete_course(*, course: Course, actor: Actor, now: datetime) -> Course:
    """Make the course completed and cancel what was still on the calendar."""
    ended = end_course(
        course=course, status=Course.Status.COMPLETED, reason="", actor=actor, now=now
    )
    release_future(ended, reason="The course is completed", actor=actor, now=now)
    return ended
