"""Several courses planned on one calendar, as the command prints them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from courses.actors import Actor
from courses.errors import Refusal
from courses.models import Course
from scheduler.actions.accept_new_times import Outcome, accept_new_times
from scheduler.course_plans import CoursePlan, told_plan
from scheduler.management.plan_printing import plan_as_json, plan_lines
from scheduler.models import Site
from scheduler.planning.problem import Preferences
from scheduler.repairs.asking import Newcomers
from scheduler.repairs.searching import Search, begin
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
    told = _told(search, outcomes, site)
    yield from [json.dumps(_as_json(told), indent=2)] if as_json else _lines(told)


@dataclass(frozen=True)
class _Told:
    """What came of it: each plan, whether it is booked, and why others have none."""

    search: Search
    planned: tuple[tuple[Course, CoursePlan, bool], ...]
    reasons: Mapping[str, tuple[Refusal, ...]]


def _told(search: Search, outcomes: tuple[Outcome, ...], site: Site) -> _Told:
    plans, crowd = search.found.plans, search.crowd
    booked = {each.course.pk for each in outcomes if each.is_done}
    planned = (
        (m.course, told_plan(m.course, site, m.to_plan.problem, plans[m.key]))
        for m in crowd.members
        if m.key in plans
    )
    return _Told(
        search,
        tuple((course, plan, course.pk in booked) for course, plan in planned),
        {
            **search.found.unplaced,
            **{str(each.pk): why.refusals for each, why in crowd.refused},
            **{str(o.course.pk): o.refusals for o in outcomes if not o.is_done},
        },
    )


def _lines(told: _Told) -> Iterator[str]:
    for course, plan, is_booked in told.planned:
        yield from plan_lines(course, plan, is_booked=is_booked)
    for key, refusals in told.reasons.items():
        yield f"{key}: {' '.join(refusal.sentence for refusal in refusals)}"


def _as_json(told: _Told) -> dict[str, object]:
    found, site = told.search.found, told.search.crowd.site
    return {
        "site": site.code,
        "time_zone": site.time_zone,
        "cost": terms_of(found.cost),
        "is_best": found.is_best,
        "courses": [
            {"course": str(course.pk), "is_booked": is_booked, **plan_as_json(plan)}
            for course, plan, is_booked in told.planned
        ],
        "refused": {
            key: [refusal.sentence for refusal in refusals]
            for key, refusals in told.reasons.items()
        },
    }
