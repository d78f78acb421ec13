"""Accept a plan that somebody looked at: choose its protocol and book all of it."""

from datetime import datetime

from courses.actors import Actor
from courses.models import Course
from courses.transactions import action
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan
from scheduler.errors import TAKEN, PlanOutdated
from scheduler.models import Appointment
from scheduler.plan_trials import Choice, fingerprint, made_real, make_choice, try_plan


def accept_plan(
    *,
    course: Course,
    choice: Choice,
    seen: str,
    hold_expires_at: datetime | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[Appointment, ...]:
    """Make the course follow the protocol and every planned visit be on the calendar.

    `seen` is the fingerprint of the plan that was shown, and of what was asked for;
    when that gives another plan by now, PlanOutdated is raised and nothing is booked.
    The plan is made again before the transaction, so that nobody waits for a search,
    and booking looks at everything once more under locks. With `hold_expires_at` the
    visits are held.
    Raises what book_course raises.
    """
    plan = try_plan(course=course, choice=choice, actor=actor, now=now)
    if not isinstance(plan, CoursePlan) or fingerprint(plan) != seen:
        raise PlanOutdated
    try:
        return choose_and_book(
            course=course,
            choice=choice,
            plan=plan,
            hold_expires_at=hold_expires_at,
            override_reason=override_reason,
            actor=actor,
            now=now,
        )
    except TAKEN as taken:
        # Somebody was faster, within the blink of an eye: there is another plan now.
        raise PlanOutdated from taken


@action
def choose_and_book(
    *,
    course: Course,
    choice: Choice,
    plan: CoursePlan,
    hold_expires_at: datetime | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[Appointment, ...]:
    """Make the course follow the chosen protocol and book that plan of it.

    Raises what choose_protocol and book_course raise.
    """
    chosen = make_choice(course=course, choice=choice, actor=actor, now=now)
    return book_course(
        course=chosen,
        plan=made_real(plan, chosen),
        as_holds=hold_expires_at is not None,
        hold_expires_at=hold_expires_at,
        override_reason=override_reason,
        actor=actor,
        now=now,
    )
