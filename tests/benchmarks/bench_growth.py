"""How solving grows, and CP-SAT beside the planner at every load; no database."""

import statistics

from tests.benchmarks.growth import AXES, exponent, measured
from tests.benchmarks.harness import Report
from tests.scheduler.planning.comparing import Compared, compared
from tests.scheduler.planning.larger_clinics import LOADS, a_larger_problem

INSTANCES = 12
SEEDS = range(3)


def measure_growth(report: Report) -> None:
    if report.engine != "SQLite":
        # There is no database in it, so once is enough.
        return
    for axis in AXES:
        points = list(measured(axis, SEEDS))
        for point in points:
            report.register(
                name=f"solving one course, {point.size} {axis.name}",
                size=f"{axis.fixed[:28]}",
                value=point.milliseconds,
                unit="ms",
            )
        report.register(
            name=f"its growth with {axis.name}",
            size=f"{points[0].size} to {points[-1].size}",
            value=exponent(points),
            unit="as exponent",
        )


def measure_against_cp_sat(report: Report) -> None:
    if report.engine != "SQLite":
        return
    for load in LOADS:
        answers = [
            compared(a_larger_problem(seed, load), seconds=60)
            for seed in range(INSTANCES)
        ]
        report.register(
            name=f"planner and CP-SAT disagree, {load} load",
            size=f"{INSTANCES} instances",
            value=sum(answer.outcome == "disagree" for answer in answers),
            unit="instances",
            at_most=0,
        )
        for title, some in _kinds(answers).items():
            mine = statistics.median(a.planner_seconds for a in some) * 1000
            report.register(
                name=f"CP-SAT's time over the planner's, {load} load",
                size=f"{len(some)} {title}, {mine:.1f} ms",
                value=statistics.median(
                    a.proof.seconds / a.planner_seconds for a in some
                ),
                unit="times",
                baseline=statistics.median(a.proof.seconds for a in some) * 1000,
            )


def _kinds(answers: list[Compared]) -> dict[str, list[Compared]]:
    found = {
        outcome: [a for a in answers if a.outcome == outcome]
        for outcome in ("feasible", "infeasible")
    }
    return {outcome: some for outcome, some in found.items() if some}
