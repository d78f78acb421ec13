"""Who could take a free time: whole courses that gain by it, and nobody else moved."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from courses.rules.shapes import Placement
from scheduler.planning.calendar import Calendars
from scheduler.planning.checker import faults_of
from scheduler.planning.crowd import CourseToPlan, claims_of
from scheduler.planning.filling import Candidate, Filling, fillings
from scheduler.planning.problem import Demand, Told
from scheduler.planning.repairing import Repair
from tests.scheduler.planning.crowds import alone_in, held_twice, new_courses
from tests.scheduler.planning.small_clinics import NEW_YORK, wall


def told_candidates(seed: int) -> tuple[list[Candidate], Calendars]:
    """Courses that have their times already, and every session of theirs.

    They were placed when the first day was not to be had.
    """
    courses, calendars = new_courses(Random(seed))
    later = calendars.first_on + timedelta(days=1)
    late = Repair([_from(course, later) for course in courses], calendars)
    plans = late.first().plans
    candidates = []
    for course in courses:
        plan = plans.get(course.key)
        if plan is None:
            continue
        told = {
            s.key: Told(
                Placement(s.starts_at, s.ends_at, NEW_YORK),
                {claim.party: claim.resource_id for claim in s.claims},
            )
            for s in plan.sessions
        }
        booked = CourseToPlan(
            course.key,
            replace(course.problem, told=told),
            now=plan.sessions,
        )
        candidates += [Candidate(booked, key) for key in told]
    return candidates, calendars


def _from(course: CourseToPlan, on: date) -> CourseToPlan:
    wish = replace(course.problem.preferences, start_on=on)
    return CourseToPlan(course.key, replace(course.problem, preferences=wish))


def found_at(seed: int, hour: int) -> tuple[list[Candidate], Calendars, list[Filling]]:
    candidates, calendars = told_candidates(seed)
    at = wall(calendars.first_on, hour)
    return candidates, calendars, list(fillings(candidates, calendars, at))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("hour", [0, 1, 9])
def test_whoever_takes_the_time_keeps_every_rule_and_moves_nobody_else(
    seed: int, hour: int
) -> None:
    candidates, calendars, found = found_at(seed, hour)
    standing = {c.course.key: c.course.standing for c in candidates}
    for filling in found:
        key, course = filling.candidate.key, filling.candidate.course
        placed = {s.key: s for s in filling.plan.sessions}
        assert placed[key].starts_at == wall(calendars.first_on, hour)
        demands = {key: Demand(starts_at=placed[key].starts_at)}
        problem = replace(alone_in(course.problem, calendars), demands=demands)
        assert not list(faults_of(problem, filling.plan))
        held = {**standing, course.key: claims_of(filling.plan)}
        assert not list(held_twice(held))


def test_only_what_gains_is_offered_and_there_is_some() -> None:
    gains = [
        filling.gains
        for seed in range(60)
        for hour in (0, 9)
        for filling in found_at(seed, hour)[2]
    ]
    assert gains
    assert all(gain > (0,) * len(gain) for gain in gains)


def test_a_session_that_waits_comes_before_all_that_have_a_time() -> None:
    for seed in range(60):
        candidates, calendars = told_candidates(seed)
        waiting = [_waiting(candidate) for candidate in candidates]
        at = wall(calendars.first_on, 9)
        found = sorted(
            fillings([*candidates, *waiting], calendars, at), key=lambda f: f.rank
        )
        states = [filling.candidate.is_waiting for filling in found]
        assert states == sorted(states, reverse=True)


def _waiting(candidate: Candidate) -> Candidate:
    """The same course, named otherwise, that has lost the time of this session."""
    problem = candidate.course.problem
    told = {key: at for key, at in problem.told.items() if key != candidate.key}
    kept = tuple(s for s in candidate.course.now if s.key != candidate.key)
    course = CourseToPlan(
        f"{candidate.course.key}-{candidate.key}",
        replace(problem, told=told),
        now=kept,
    )
    return Candidate(course, candidate.key)
