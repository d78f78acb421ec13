"""Put a course on hold."""

from datetime import date, datetime, timedelta

from courses.actors import Actor
from courses.errors import BadInput, CourseHeldAlready, CourseHoldWithoutReason
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, CourseHold
from courses.rules.days import TOO_FAR, is_too_far
from courses.transactions import action


@action
def hold_course(
    *, course: Course, reason: str, review_on: date, actor: Actor, now: datetime
) -> CourseHold:
    """Make the course be on hold until it is resumed: nothing new is booked for it.

    `review_on` is the day on which somebody looks at it again. What is on the calendar
    stays there unless the caller frees it. Raises CourseHeldAlready,
    CourseHoldWithoutReason, BadInput, and CourseNotReady when the course has ended.
    """
    locked = lock_active_course(course.pk)
    if CourseHold.objects.open().filter(course=locked).exists():
        raise CourseHeldAlready
    if not reason.strip():
        raise CourseHoldWithoutReason
    # It may still be yesterday where the clinic is.
    if review_on < now.date() - timedelta(days=1):
        raise BadInput.because(
            "The day to look at the course again is past. Choose a day to come."
        )
    if is_too_far(review_on, now.date()):
        raise BadInput.because(TOO_FAR)
    hold = CourseHold.objects.create(
        course=locked,
        reason=reason.strip()[:200],
        review_on=review_on,
        held_at=now,
        held_by=actor.user,
        held_by_label=actor.label,
    )
    record(
        CourseEvent.Kind.COURSE_HELD,
        course=locked,
        details={"reason": hold.reason, "review_on": review_on.isoformat()},
        actor=actor,
        now=now,
    )
    return hold
