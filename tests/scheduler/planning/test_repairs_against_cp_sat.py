"""No repair is better than what a constraint solver proves, or impossible for it."""

import pytest

from scheduler.planning.calendar import Calendars
from scheduler.planning.crowd import CourseToPlan, Proposal
from tests.scheduler.planning.cp_sat_crowd import CrowdModel, ask_for_all
from tests.scheduler.planning.crowds import a_repair

SEEDS = range(60)
STEPS = 30
Case = tuple[int, list[CourseToPlan], Calendars, Proposal]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Small crowds of which every course was placed, at their last proposal."""
    found = []
    for seed in SEEDS:
        courses, calendars, repair = a_repair(seed)
        *_, last = repair.first(), *repair.improved(seed=seed, steps=STEPS)
        orders = {course.problem.objective.order for course in courses}
        if courses and len(orders) == 1 and not last.unplaced:
            found.append((seed, courses, calendars, last))
    return found


def test_no_proposal_is_better_than_the_proven_optimum(cases: list[Case]) -> None:
    optimal = 0
    for seed, courses, calendars, last in cases:
        answer = ask_for_all(CrowdModel(courses, calendars, keeps_windows=False))

        assert answer.status == "proven", seed
        assert answer.terms <= last.total.terms, seed
        assert answer.terms == last.total.terms or not last.is_best, seed
        optimal += answer.terms == last.total.terms

    # Most are optimal, although only some are known to be.
    assert optimal > len(cases) * 0.9 > 20


def test_every_proposal_is_possible_in_the_model(cases: list[Case]) -> None:
    for seed, courses, calendars, last in cases:
        model = CrowdModel(courses, calendars, keeps_windows=False, fixed=last.plans)

        answer = ask_for_all(model)

        assert answer.status == "proven", seed
        # Other people may serve at these times at less cost, never at more.
        assert answer.terms <= last.total.terms, seed
