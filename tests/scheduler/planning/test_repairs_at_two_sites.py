"""New times for several courses whose people and rooms are at two sites."""

from dataclasses import replace
from random import Random

import pytest

from scheduler.planning.calendar import (
    Calendars,
    Opening,
    ResourceCalendar,
    SiteFacts,
)
from scheduler.planning.crowd import CourseToPlan
from scheduler.planning.repairing import Repair
from tests.scheduler.planning.crowds import faults, new_courses

# With 1540, a plan was once remembered that rested on who is at the other site alone.
SEEDS = (1540, *range(12))


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_held_twice_at_either_site(seed: int) -> None:
    courses, calendars = _at_two_sites(Random(seed))
    repair = Repair(courses, calendars)

    proposals = [repair.first(), *repair.improved(seed=seed, steps=25)]

    for proposal in proposals:
        assert list(faults(courses, calendars, proposal)) == []


def _at_two_sites(random: Random) -> tuple[list[CourseToPlan], Calendars]:
    courses, calendars = new_courses(random)
    split = replace(
        calendars,
        site="here",
        sites={
            "here": SiteFacts("Here", calendars.grid_minutes, 0),
            "there": SiteFacts("There", calendars.grid_minutes, 0),
        },
        resources=tuple(_somewhere(random, one) for one in calendars.resources),
    )
    return [_spread(random, course, split) for course in courses], split


def _somewhere(random: Random, resource: ResourceCalendar) -> ResourceCalendar:
    there = {"there": Opening(resource.open, resource.closed)}
    if random.random() < 0.6:
        return replace(resource, open=(), closed=(), is_here=False, elsewhere=there)
    return resource if random.random() < 0.5 else replace(resource, elsewhere=there)


def _spread(random: Random, course: CourseToPlan, calendars: Calendars) -> CourseToPlan:
    problem = course.problem
    visits = {
        key: replace(visit, site="there" if random.random() < 0.6 else "")
        for key, visit in problem.visits.items()
    }
    busy = problem.calendars.patient_busy
    own = calendars.with_resources(calendars.resources, busy)
    return replace(course, problem=replace(problem, calendars=own, visits=visits))
