"""Several courses planned on one calendar, as the command prints them."""

import json
from collections.abc import Iterator
from datetime import datetime

from courses.actors import Actor
from courses.models import Course
from scheduler.actions.accept_new_times import accept_new_times
from scheduler.course_plans import told_plan
from scheduler.management.plan_printing import plan_as_json, plan_lines
from scheduler.models import Site
from scheduler.planning.problem import Preferences
from scheduler.repairs.asking import Newcomers
from scheduler.repairs.searching import begin
from scheduler.repairs.wording import terms_of

ACTOR = Actor.system("plan_course")


def planned_together(
    courses: list[Course],
    site: Site,
    preferences: Preferences,
    *,
    seconds: float,
    book: bool,
    as_json: bool,
    now: datetime,
) -> Iterator[str]:
    """Plan the courses, book the plans when told to, and yield what came of it."""
    question = Newcomers(
        site=site,
        course_ids=tuple(course.pk for course in courses),
        preferences=preferences,
    )
    search = begin(question, actor=ACTOR, now=now).better(seconds=seconds)
    plans = search.found.plans
    outcomes = accept_new_times(
        newcomers=question,
        crowd=search.crowd,
        plans=plans,
        chosen=set(plans) if book else (),
        actor=ACTOR,
        now=now,
    )
    booked = {str(each.course.pk) for each in outcomes if each.is_done}
    reasons = {
        **search.found.unplaced,
        **{str(each.pk): why.refusals for each, why in search.crowd.refused},
        **{str(o.course.pk): o.refusals for o in outcomes if not o.is_done},
    }
    planned = [
        (m.course, told_plan(m.course, site, m.to_plan.problem, plans[m.key]))
        for m in search.crowd.members
        if m.key in plans
    ]
    if not as_json:
        for course, plan in planned:
            yield from plan_lines(course, plan, is_booked=str(course.pk) in booked)
        for key, refusals in reasons.items():
            yield f"{key}: {' '.join(refusal.sentence for refusal in refusals)}"
        return
    told = {
        "site": site.code,
        "time_zone": site.time_zone,
        "cost": terms_of(search.found.cost),
        "is_best": search.found.is_best,
        "courses": [
            {
                "course": str(course.pk),
                "is_booked": str(course.pk) in booked,
                **plan_as_json(plan),
            }
            for course, plan in planned
        ],
        "refused": {
            key: [refusal.sentence for refusal in refusals]
            for key, refusals in reasons.items()
        },
    }
    yield json.dumps(told, indent=2)
