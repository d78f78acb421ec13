"""A search that takes too long says that it has neither a plan nor a proof."""

from random import Random

import pytest

from scheduler.planning import searching
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import NoPlan, Plan
from tests.scheduler.planning.comparing import compared
from tests.scheduler.planning.larger_clinics import a_larger_problem
from tests.scheduler.planning.small_clinics import a_problem


def test_a_search_without_steps_left_gives_up_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problems = [a_problem(Random(seed)) for seed in range(20)]
    has_plan = [isinstance(find_plan(problem), Plan) for problem in problems]
    assert any(has_plan)

    monkeypatch.setattr(searching, "MOST_STEPS", 0)

    for problem, had_plan in zip(problems, has_plan, strict=True):
        found = find_plan(problem)
        assert isinstance(found, NoPlan)
        if had_plan:
            assert found.refusals[0].rule == "plan.search_too_long"


@pytest.mark.parametrize(
    ("load", "seed"), [("light", 53), ("light", 256), ("light", 302), ("heavy", 108)]
)
def test_windows_in_hours_that_must_be_left_are_no_reason_to_give_up(
    load: str, seed: int
) -> None:
    answer = compared(a_larger_problem(seed, load), seconds=120)

    assert answer.outcome in {"feasible", "infeasible"}
