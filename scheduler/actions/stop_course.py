"""Stop a course early."""

from datetime import datetime

from courses.actions.end_course import end_course
from courses.actors import Actor
from courses.errors import StalePage
from courses.models import Course
from courses.transactions import action
from scheduler.course_release import release_future, to_come


@action
def stop_course(
    *,
    course: Course,
    reason: str,
    cancels: int | None = None,
    actor: Actor,
    now: datetime,
) -> Course:
    """Make the course stopped early and cancel everything that was still to come.

    `cancels` is how many visits that was when somebody agreed to it. Raises
    CourseNotReady, and StalePage when it is another number now.
    """
    ended = end_course(
        course=course,
        status=Course.Status.STOPPED_EARLY,
        reason=reason,
        actor=actor,
        now=now,
    )
    waiting = to_come(ended, now).count()
    if cancels is not None and waiting != cancels:
        raise StalePage.because(
            f"Stopping the course would now cancel {waiting} visits, not {cancels}. "
            "Look at them and confirm again."
        )
    release_future(ended, reason="The course was stopped early", actor=actor, now=now)
    return ended
