"""A ripple moves no visit that needn't move: compared with trying everything."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from courses.models import Course, Patient
from courses.rules.windows import deviations
from scheduler.course_sites import CourseSites
from scheduler.models import Site
from scheduler.planning.calendar import Stay
from scheduler.planning.objective import Objective
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Demand, Plan
from scheduler.ripples.changes import Move, Replace
from scheduler.ripples.diff import MOVED, NoRipple, RippleDiff
from scheduler.ripples.posing import Wanted, pose
from scheduler.ripples.reading import Reading
from scheduler.ripples.solving import solved
from scheduler.ripples.standing import Place, SessionNow, Standing
from tests.scheduler.planning.small_clinics import (
    NEW_YORK,
    a_problem,
    least_cost,
    wall,
    ways_to_try,
)

MOST_WAYS = 20_000
RIPPLE_ID = UUID(int=1)
SITE = Site(pk=1, code="small", name="Small", time_zone="America/New_York")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_moving_one_visit_costs_no_more_than_the_best_way_to_carry_the_rest(
    seed: int,
) -> None:
    random = Random(seed)
    reading = a_standing_course(random)
    moving = random.choice(reading.may_move)
    change = a_move(random, reading, moving)
    until = min(moving.place.starts_at, change.starts_at)
    wanted = Wanted(
        demands={moving.key: Demand(starts_at=change.starts_at)}, stays_until=until
    )
    ways = (wanted, replace(wanted, stays_until=None))
    assume(ways_to_try(pose(reading, ways[1])) <= MOST_WAYS)

    found = solved(reading, change, ripple_id=RIPPLE_ID)

    costs = (_least(pose(reading, way)) for way in ways)
    least = next((cost for cost in costs if cost is not None), None)
    if least is None:
        assert isinstance(found, NoRipple)
        assert all(refusal.sentence for refusal in found.refusals)
        return
    assert isinstance(found, RippleDiff)
    assert Objective.of(reading.shape).packed(found.cost) == least
    _moves_as_few_as_it_says(found)
    _breaks_no_hard_rule(reading, found)
    _puts_nobody_in_two_places(found)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_where_everything_keeps_its_rules_nothing_is_placed_anew(seed: int) -> None:
    reading = a_standing_course(Random(seed))
    found = solved(reading, Replace(), ripple_id=RIPPLE_ID)
    assert isinstance(found, RippleDiff)
    broken = deviations(reading.shape, reading.placements)
    if not broken and not found.cost.other_therapist:
        assert found.moved == ()
    _breaks_no_hard_rule(reading, found)


def a_standing_course(random: Random) -> Reading:
    """A small course that is on the calendar as it was planned."""
    problem = a_problem(random)
    plan = find_plan(problem)
    assume(isinstance(plan, Plan))
    assert isinstance(plan, Plan)
    planned = tuple(
        Standing(
            appointment_id=UUID(int=100 + number),
            key=placed.key,
            status="booked",
            revision=0,
            place=Place(
                placed.starts_at,
                placed.ends_at,
                SITE.pk,
                NEW_YORK,
                {claim.party: claim.resource_id for claim in placed.claims},
            ),
            claims=placed.claims,
            is_to_come=True,
        )
        for number, placed in enumerate(plan.sessions)
    )
    return _reading(problem, (*_begun(problem), *planned))


def _begun(problem: CourseProblem) -> tuple[Standing, ...]:
    return tuple(
        Standing(
            appointment_id=UUID(int=200 + number),
            key=key,
            status="completed",
            revision=0,
            place=Place(at.starts_at, at.ends_at, SITE.pk, NEW_YORK),
            claims=(),
            is_to_come=False,
        )
        for number, (key, at) in enumerate(problem.pinned.items())
    )


def _reading(problem: CourseProblem, standing: tuple[Standing, ...]) -> Reading:
    pinned = tuple(Stay(at.starts_at, at.ends_at) for at in problem.pinned.values())
    calendars = replace(
        problem.calendars, patient_busy=(*problem.calendars.patient_busy, *pinned)
    )
    return Reading(
        sites=CourseSites(SITE),
        course=Course(patient=Patient(email="ana@mail.example")),
        site=SITE,
        shape=problem.course,
        sessions={
            session.key: SessionNow(
                session.key, session.label, number, "open", session.kind, 1, True
            )
            for number, session in enumerate(problem.course.sessions)
        },
        standing=standing,
        visits=problem.visits,
        calendars=calendars,
        kept=problem.kept,
        decision=None,
        preferences=problem.preferences,
        now=problem.not_before,
    )


def a_move(random: Random, reading: Reading, moving: Standing) -> Move:
    days = (reading.calendars.last_on - reading.calendars.first_on).days
    on = reading.calendars.first_on + timedelta(days=random.randint(0, days))
    return Move(moving.appointment_id, wall(on, random.choice((0, 1, 9, 10))))


def _least(problem: CourseProblem) -> int | None:
    free = problem.visits.keys() - problem.pinned.keys()
    return least_cost(problem) if free else 0


def _moves_as_few_as_it_says(found: RippleDiff) -> None:
    assert len(found.ripple.of(MOVED)) == found.cost.told_again


def _breaks_no_hard_rule(reading: Reading, found: RippleDiff) -> None:
    after = {v.key: v.after.placement for v in found.ripple.visits if v.after}
    before: Mapping[str, object] = {
        key: at for key, at in after.items() if reading.placements[key] == at
    }
    known = deviations(reading.shape, {k: after[k] for k in before})
    for broken in deviations(reading.shape, after):
        assert not broken.is_hard or broken in known, broken.sentence


def _puts_nobody_in_two_places(found: RippleDiff) -> None:
    places = sorted(
        (v.after.starts_at, v.after.ends_at) for v in found.ripple.visits if v.after
    )
    for (_, ends_at), (starts_at, _) in pairwise(places):
        assert ends_at <= starts_at
