"""A course problem under short names, so that courses of one protocol look alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

from courses.rules.shapes import CourseShape, Placement
from scheduler.planning.calendar import Need
from scheduler.planning.objective import Objective
from scheduler.planning.problem import TREATMENT, CourseProblem, Plan, Preferences
from scheduler.planning.ranging import (
    CourseDays,
    origin_for,
    shared,
    short_names,
    with_short_names,
)
from scheduler.planning.relations import Option
from scheduler.planning.staffing import candidates_for

# No calendar is read further ahead than this, whatever the rules would leave.
READ_DAYS = 730


def with_short_keys(problem: CourseProblem, names: Mapping[str, str]) -> CourseProblem:
    """Return the same problem with its sessions called by these names."""
    return replace(
        problem,
        course=with_short_names(problem.course, names),
        visits={names[key]: visit for key, visit in problem.visits.items()},
        pinned={names[key]: placed for key, placed in problem.pinned.items()},
        demands={names.get(key, ""): d for key, d in problem.demands.items()},
        told={names[key]: told for key, told in problem.told.items()},
    )


def with_keys_again(plan: Plan, names: Mapping[str, str]) -> Plan:
    """Return the plan with its sessions called by their own keys."""
    keys = {name: key for key, name in names.items()}
    return replace(
        plan, sessions=tuple(replace(s, key=keys[s.key]) for s in plan.sessions)
    )


def course_days(
    problem: CourseProblem, pinned: Mapping[str, Option], floor: int
) -> CourseDays:
    """Return the days of a problem under short names, counted as on its timeline."""
    free = tuple(
        session.key
        for session in problem.course.sessions
        if session.key in problem.visits and session.key not in pinned
    )
    return CourseDays(
        course=problem.course,
        free=free,
        pinned=tuple((key, option.day) for key, option in pinned.items()),
        origin=origin_for(problem.course, problem.calendars.first_on),
        floor=floor,
        start_within_days=problem.preferences.start_within_days,
        objective=problem.objective,
        travelling=frozenset(
            (k, problem.place_of(k)) for k in free if problem.travels(k)
        ),
        tails=waits_of(problem, free),
    )


def last_day_to_read(
    *,
    course: CourseShape,
    free: Collection[str],
    pinned: Mapping[str, Placement],
    first_on: date,
    preferences: Preferences,
    slack_days: int,
) -> date:
    """Return the last day on which any of the free sessions could be placed.

    Never more than READ_DAYS after the first.
    """
    names = short_names(course)
    days = CourseDays(
        course=with_short_names(course, names),
        free=tuple(names[s.key] for s in course.sessions if s.key in free),
        pinned=tuple((names[k], (p.on - first_on).days) for k, p in pinned.items()),
        origin=origin_for(course, first_on),
        floor=0,
        start_within_days=preferences.start_within_days,
        objective=Objective(),
    )
    last = min(shared(days).last_to_read(slack_days), READ_DAYS)
    return first_on + timedelta(days=last)


def tails_of(
    problem: CourseProblem, keys: Sequence[str]
) -> tuple[tuple[tuple[str, str], int], ...]:
    """Return how long each session's claims outlast it, where that can bar another."""
    kinds = {_kind(problem, key): problem.visits[key] for key in keys}
    able = {
        kind: frozenset(
            resource.resource_id
            for _, party in visit.parties
            for resource in candidates_for(problem.calendars_of(visit), party)
        )
        for kind, visit in kinds.items()
    }
    tails = {
        key: problem.visits[key].reach - problem.visits[key].patient_minutes
        for key in keys
    }
    return tuple(
        ((one, other), tails[one])
        for one, other in permutations(keys, 2)
        if tails[one] and able[_kind(problem, one)] & able[_kind(problem, other)]
    )


def _kind(problem: CourseProblem, key: str) -> tuple[tuple[Need, ...], str]:
    visit = problem.visits[key]
    return visit.needs, visit.site


def waits_of(
    problem: CourseProblem, keys: Sequence[str]
) -> tuple[tuple[tuple[str, str], int], ...]:
    """Return how long each session bars another after the patient has left it.

    By claims that outlast it, or by the way to another site.
    """
    tails = tails_of(problem, keys)
    places = {key: problem.place_of(key) for key in (*keys, *problem.pinned)}
    if len({*places.values()} - {""}) < 2:
        return tails
    waits = dict(tails)
    for one, other in permutations(places, 2):
        way = problem.calendars.travel_between(places[one], places[other])
        if way:
            waits[one, other] = max(way, waits.get((one, other), 0))
    return tuple(waits.items())


def last_treatment(problem: CourseProblem) -> str:
    """Return the last session of the treatment proper, in the course's order."""
    treatment = [
        session.key
        for session in problem.course.sessions
        if session.kind in TREATMENT
        and (session.key in problem.visits or session.key in problem.pinned)
    ]
    return treatment[-1] if treatment else ""
