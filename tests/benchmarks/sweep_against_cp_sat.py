"""Compares the planner with CP-SAT on many problems of real size.

`python -m tests.benchmarks.sweep_against_cp_sat --from 0 --count 340 --load light`
names every seed on which the two disagree, and ends with exact counts.
"""

import argparse
import statistics
import sys
from collections import Counter

from tests.scheduler.planning.comparing import Compared, compared
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem

OUTCOMES = ("feasible", "infeasible", "disagree", "gave up", "unproven")
# So often the counts so far are said.
EVERY = 25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--count", type=int, default=340)
    parser.add_argument("--load", choices=(*LOADS, "all"), default="all")
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    outcomes: Counter[str] = Counter()
    for load in LOADS if asked.load == "all" else (asked.load,):
        outcomes += swept(load, asked.first, asked.count, asked.seconds)
    return 1 if outcomes["disagree"] else 0


def swept(load: str, first: int, count: int, seconds: float) -> Counter[str]:
    """Prints and returns how many problems of one load ended in which way."""
    outcomes: Counter[str] = Counter()
    answers: list[Compared] = []
    for seed in range(first, first + count):
        answer = compared(a_larger_problem(seed, load), seconds=seconds)
        outcomes[answer.outcome] += 1
        if answer.outcome in ("feasible", "infeasible"):
            answers.append(answer)
        else:
            print(f"{load} {seed}: {answer.outcome}. {sides(answer)}", flush=True)
        if (seed - first + 1) % EVERY == 0:
            print(f"{load} up to {seed}: {told(outcomes)}.", flush=True)
    print(f"{load}, all {count}: {told(outcomes)}. {times(answers)}", flush=True)
    return outcomes


def told(outcomes: Counter[str]) -> str:
    """The exact counts; a proof counts where both sides have an answer."""
    proven = sum(outcomes[each] for each in ("feasible", "infeasible", "disagree"))
    each = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in OUTCOMES)
    return f"{proven} proven beside an answer ({each})"


def sides(answer: Compared) -> str:
    mine = answer.rule or answer.cost
    return f"Planner: {mine}. CP-SAT: {answer.proof.cost or answer.proof.status}."


def times(answers: list[Compared]) -> str:
    """How much longer CP-SAT took, where both have the same answer."""
    said = []
    for title, has_plan in (("with a plan", True), ("without", False)):
        some = [a for a in answers if (a.cost is not None) == has_plan]
        if some:
            ratio = statistics.median(a.proof.seconds / a.planner_seconds for a in some)
            mine = statistics.median(a.planner_seconds for a in some) * 1000
            theirs = statistics.median(a.proof.seconds for a in some) * 1000
            said.append(
                f"{title}: planner {mine:.1f} ms, CP-SAT {theirs:.0f} ms, "
                f"median ratio {ratio:.1f}"
            )
    return "; ".join(said)


if __name__ == "__main__":
    sys.exit(main())
