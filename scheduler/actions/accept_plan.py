"""Accept a plan that somebody looked at: choose its protocol and book all of it."""

from datetime import datetime

from courses.actions.choose_protocol import choose_protocol
from courses.actors import Actor
from courses.models import Clinician, Course, Protocol
from courses.transactions import action
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.errors import PlanOutdated
from scheduler.models import Appointment, Site
from scheduler.plan_trials import fingerprint
from scheduler.planning.problem import Preferences


@action
def accept_plan(
    *,
    course: Course,
    protocol: Protocol,
    therapist: Clinician | None,
    prescriber: Clinician | None,
    site: Site,
    preferences: Preferences,
    seen: str,
    hold_expires_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Appointment, ...]:
    """Make the course follow the protocol and every planned visit be on the calendar.

    `seen` is the fingerprint of the plan that was shown; when the calendar gives
    another plan by now, PlanOutdated is raised and nothing is booked. With
    `hold_expires_at` the visits are held. Raises what book_course raises.
    """
    chosen = choose_protocol(
        course=course,
        protocol=protocol,
        therapist=therapist,
        prescriber=prescriber,
        actor=actor,
        now=now,
    )
    plan = plan_course(course=chosen, site=site, preferences=preferences, now=now)
    if not isinstance(plan, CoursePlan) or fingerprint(plan) != seen:
        raise PlanOutdated
    return book_course(
        course=chosen,
        plan=plan,
        as_holds=hold_expires_at is not None,
        hold_expires_at=hold_expires_at,
        actor=actor,
        now=now,
    )
