"""Many courses on one calendar: always possible, never worse, always the same."""

from itertools import permutations

import pytest

from scheduler.planning.calendar import PlannedClaim
from scheduler.planning.crowd import CourseToPlan, Proposal
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import Plan
from scheduler.planning.repairing import Repair
from tests.scheduler.planning.crowds import a_repair, beside, faults

STEPS = 12


@pytest.mark.parametrize("seed", range(60))
def test_no_proposal_breaks_a_hard_rule_or_books_anything_twice(seed: int) -> None:
    courses, calendars, repair = a_repair(seed)

    proposals = [repair.first(), *repair.improved(seed=seed, steps=STEPS)]

    for proposal in proposals:
        assert not list(faults(courses, calendars, proposal))


@pytest.mark.parametrize("seed", range(60))
def test_a_proposal_never_gets_worse(seed: int) -> None:
    *_, repair = a_repair(seed)

    proposals = [repair.first(), *repair.improved(seed=seed, steps=STEPS)]

    totals = [proposal.total for proposal in proposals]
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_seed_gives_the_same_proposals(seed: int) -> None:
    def proposals() -> list[Proposal]:
        *_, repair = a_repair(seed)
        return [repair.first(), *repair.improved(seed=7, steps=STEPS)]

    assert proposals() == proposals()


@pytest.mark.parametrize("seed", range(40))
def test_what_is_called_the_best_is_not_beaten_by_any_order(seed: int) -> None:
    courses, calendars, repair = a_repair(seed)
    *_, last = [repair.first(), *repair.improved(seed=seed, steps=40)]
    if not last.is_best:
        return

    for order in list(permutations(courses))[:24]:
        other = Repair(courses, calendars)
        other.planned_anew([course.key for course in order])
        assert last.total <= other.proposal().total


@pytest.mark.parametrize("seed", range(60))
def test_each_course_has_its_best_plan_beside_those_planned_before(seed: int) -> None:
    courses, calendars, repair = a_repair(seed)
    proposal = repair.first()
    by_key = {course.key: course for course in courses}

    held = {course.key: list(course.standing) for course in courses}
    for course in sorted(courses, key=lambda course: course.urgency):
        others = [c for key, some in held.items() if key != course.key for c in some]
        expected = find_plan(beside(calendars, by_key[course.key].problem, others))
        found = proposal.plans.get(course.key)
        if isinstance(expected, Plan):
            assert found is not None
            assert found.cost == expected.cost
            held[course.key] = [c for s in found.sessions for c in s.claims]
        else:
            assert found is None


def test_looking_on_finds_better_proposals() -> None:
    gains = 0
    for seed in range(60):
        *_, repair = a_repair(seed)
        first = repair.first()
        for proposal in repair.improved(seed=seed, steps=30):
            gains += proposal.total < first.total
    assert gains


def test_resuming_from_a_proposal_goes_on_where_it_was() -> None:
    for seed in range(20):
        courses, calendars, repair = a_repair(seed)
        before = repair.first()
        again = Repair(courses, calendars)

        assert again.resume(before.plans)

        assert again.proposal().total == before.total
        after = list(again.improved(seed=1, steps=STEPS))
        assert not after or after[-1].total <= before.total


def test_a_proposal_onto_time_that_another_course_holds_is_not_resumed() -> None:
    courses, calendars, repair = a_repair(1)
    proposal = repair.first()
    taken = next(plan for plan in proposal.plans.values() if _claims(plan))
    problem = next(c.problem for c in courses if proposal.plans[c.key] is taken)
    intruder = CourseToPlan("intruder", problem, now=taken.sessions)

    assert not Repair([*courses, intruder], calendars).resume(proposal.plans)


def test_a_course_in_its_middle_goes_before_one_that_has_not_begun() -> None:
    ranks = [course.urgency for seed in range(20) for course in a_repair(seed)[0]]

    begun = [rank for rank in sorted(ranks) if not rank[0]]
    assert sorted(ranks)[: len(begun)] == begun
    assert 0 < len(begun) < len(ranks)


def _claims(plan: Plan) -> list[PlannedClaim]:
    return [claim for session in plan.sessions for claim in session.claims]
