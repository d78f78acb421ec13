"""Looking at the plan that a choice would give, before anything is chosen."""

import hashlib
from datetime import datetime

from django.db import transaction

from courses.actions.choose_protocol import choose_protocol
from courses.actors import Actor
from courses.models import Clinician, Course, Protocol
from courses.transactions import action
from scheduler.course_plans import CoursePlan, Infeasible, plan_course
from scheduler.models import Site
from scheduler.planning.problem import Preferences


@action
def try_plan(
    *,
    course: Course,
    protocol: Protocol,
    therapist: Clinician | None,
    prescriber: Clinician | None,
    site: Site,
    preferences: Preferences,
    actor: Actor,
    now: datetime,
) -> CoursePlan | Infeasible:
    """Return the best plan under that protocol, and leave the course as it was.

    The choice is made in a transaction that is always taken back, so the trial runs
    through the very code that the booking runs through. Raises CourseNotReady.
    """
    chosen = choose_protocol(
        course=course,
        protocol=protocol,
        therapist=therapist,
        prescriber=prescriber,
        actor=actor,
        now=now,
    )
    planned = plan_course(course=chosen, site=site, preferences=preferences, now=now)
    transaction.set_rollback(True)
    return planned


def fingerprint(plan: CoursePlan) -> str:
    """Return a short digest of what somebody saw: every visit, its time, its people."""
    lines = [
        f"{visit.label} {visit.starts_at.isoformat()} {claim.resource_id} {claim.unit}"
        for visit in plan.visits
        for claim in visit.claims
    ]
    return hashlib.sha256("\n".join([plan.site.code, *lines]).encode()).hexdigest()[:24]
