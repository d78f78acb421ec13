"""Looking at the plan that a choice would give, before anything is chosen."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from courses.actions.choose_protocol import choose_protocol
from courses.actors import Actor
from courses.models import Clinician, Course, Protocol, Session
from courses.transactions import action
from scheduler.course_plans import CoursePlan, Infeasible, read_problem, solved
from scheduler.models import Site
from scheduler.planning.problem import CourseProblem, Preferences


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody would like to plan a course by."""

    protocol: Protocol
    therapist: Clinician | None
    prescriber: Clinician | None
    site: Site
    preferences: Preferences


def try_plan(
    *,
    course: Course,
    choice: Choice,
    actor: Actor,
    now: datetime,
) -> CoursePlan | Infeasible:
    """Return the best plan under that protocol, and leave the course as it was.

    No transaction is open while the plan is searched. Raises CourseNotReady.
    """
    problem = _read_as_if_chosen(course=course, choice=choice, actor=actor, now=now)
    return solved(course, choice.site, problem)


@action
def _read_as_if_chosen(
    *,
    course: Course,
    choice: Choice,
    actor: Actor,
    now: datetime,
) -> CourseProblem | Infeasible:
    """Return the problem that the choice would pose.

    The choice is made in a transaction that is always taken back, so the trial runs
    through the very code that the booking runs through.
    """
    chosen = make_choice(course=course, choice=choice, actor=actor, now=now)
    problem = read_problem(
        course=chosen, site=choice.site, preferences=choice.preferences, now=now
    )
    transaction.set_rollback(True)
    return problem


def make_choice(
    *, course: Course, choice: Choice, actor: Actor, now: datetime
) -> Course:
    """Give the course the chosen protocol and people, as `choose_protocol` does."""
    return choose_protocol(
        course=course,
        protocol=choice.protocol,
        therapist=choice.therapist,
        prescriber=choice.prescriber,
        actor=actor,
        now=now,
    )


def made_real(plan: CoursePlan, course: Course) -> CoursePlan:
    """Return a trial's plan for the sessions that the course really has by now."""
    of_step = dict(
        Session.objects.filter(course=course, step__isnull=False).values_list(
            "step__code", "pk"
        )
    )
    return replace(
        plan,
        visits=tuple(
            replace(visit, session_id=of_step.get(visit.step, visit.session_id))
            for visit in plan.visits
        ),
    )


def fingerprint(plan: CoursePlan) -> str:
    """Return a short digest of what somebody saw: every visit, its time, its people."""
    lines = [
        f"{visit.label} {visit.starts_at.isoformat()} {claim.resource_id} {claim.unit}"
        for visit in plan.visits
        for claim in visit.claims
    ]
    return hashlib.sha256("\n".join([plan.site.code, *lines]).encode()).hexdigest()[:24]
