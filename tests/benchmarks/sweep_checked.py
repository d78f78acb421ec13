"""Plans many generated courses and checks every plan from outside, twice.

`python -m tests.benchmarks.sweep_checked --count 100000` counts what came out. One of
twenty problems is of real size, the others are small, half of them with demands and
some at two sites. Clock-change weeks are among them. Why there is no plan is worked out
for one of ten, since that takes longer than everything else.
"""

import argparse
import sys
from collections import Counter
from itertools import pairwise
from random import Random

from scheduler.planning.checker import PlanIsWrong, check_plan
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.planner import best_plan, find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from tests.scheduler.planning.hard_rules import broken_rules
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem
from tests.scheduler.planning.small_clinics import a_problem, with_demands
from tests.scheduler.planning.two_sites import with_two_sites

# One problem in so many is of real size.
LARGER = 20
# And one in so many is at two sites.
TWO_SITES = 11
# Why there is no plan is asked of one problem in so many.
EXPLAINED = 10
# So often the counts so far are said.
EVERY = 2_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100_000)
    asked = parser.parse_args()
    outcomes = checked(asked.first, asked.count)
    print(told(outcomes))
    return 1 if outcomes["violation"] else 0


def checked(first: int, count: int) -> Counter[str]:
    """How many problems ended in which way; prints each that breaks a rule."""
    outcomes: Counter[str] = Counter()
    for seed in range(first, first + count):
        kind, problem = a_case(seed)
        outcome, faults = outcome_of(problem, is_explained=not seed % EXPLAINED)
        outcomes[outcome] += 1
        outcomes[f"{kind}: {outcome}"] += 1
        outcomes["clock-change weeks"] += _is_clock_change(problem)
        if faults:
            print(f"{kind} {seed}: {faults}", flush=True)
        done = seed - first + 1
        if done % EVERY == 0:
            print(f"{done:,} done. {told(outcomes)}", flush=True)
    return outcomes


def a_case(seed: int) -> tuple[str, CourseProblem]:
    """The problem of a seed, and what kind of problem it is."""
    if seed % LARGER == 0:
        load = (*LOADS,)[seed // LARGER % len(LOADS)]
        return f"larger, {load}", a_larger_problem(seed, load)
    random = Random(seed)
    problem = a_problem(random)
    if seed % TWO_SITES == 1:
        return "small, two sites", with_two_sites(random, problem)
    if seed % 2:
        return "small, demands", with_demands(random, problem)
    return "small", problem


def outcome_of(problem: CourseProblem, *, is_explained: bool) -> tuple[str, list[str]]:
    """Whether there was a plan, and everything that is wrong with it."""
    try:
        found = find_plan(problem) if is_explained else best_plan(problem)
        if not isinstance(found, Plan):
            return f"no plan, {_why(found)}", []
        check_plan(problem, found)
    except SearchTooLong:
        return "gave up", []
    except PlanIsWrong as fault:
        return "violation", [str(fault)]
    faults = broken_rules(problem, found)
    return ("violation" if faults else "plan"), faults


def _why(found: NoPlan | None) -> str:
    if found is None:
        return "not asked why"
    return found.refusals[0].rule if found.refusals else "no reason"


def told(outcomes: Counter[str]) -> str:
    return "; ".join(f"{name}: {many:,}" for name, many in sorted(outcomes.items()))


def _is_clock_change(problem: CourseProblem) -> bool:
    calendars = problem.calendars
    midnights = calendars.timeline.day_starts
    return any(later - earlier != 24 * 60 for earlier, later in pairwise(midnights))


if __name__ == "__main__":
    sys.exit(main())
