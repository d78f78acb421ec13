"""No plan breaks a hard rule, checked from outside by rules written a second time."""

from tests.benchmarks.sweep_checked import checked


def test_hundreds_of_generated_courses_break_no_hard_rule() -> None:
    outcomes = checked(0, 400)

    assert outcomes["violation"] == 0
    assert outcomes["plan"] > 100
    assert outcomes["clock-change weeks"] > 100
