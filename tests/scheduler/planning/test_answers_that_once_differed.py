"""Whole courses to which the planner once had another answer than CP-SAT."""

import pytest

from tests.scheduler.planning.comparing import compared
from tests.scheduler.planning.larger_clinics import a_larger_problem

# Named, so that the seeds keep their problems when the library grows.
PROTOCOLS = ("iv-6-2w", "iv-8-4w", "kap-im-6")


@pytest.mark.parametrize(
    ("load", "seed"), [("medium", 110), ("medium", 350), ("light", 267)]
)
def test_what_hangs_on_a_dose_is_placed_at_its_own_least_cost(
    load: str, seed: int
) -> None:
    answer = compared(a_larger_problem(seed, load, PROTOCOLS), seconds=120)

    assert answer.outcome == "feasible"
