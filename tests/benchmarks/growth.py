"""How the time to solve one course grows with its sessions, the clinic and the days.

`python -m tests.benchmarks.growth` prints the table for docs/planner.md as Markdown,
each row with the exponent that fits best: time grows like size to that power.
"""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

import numpy as np

from courses.rules.shapes import CourseShape, SessionShape, SpacingShape, StepShape
from scheduler.planning.calendar import Visit
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Plan, Preferences
from tests.scheduler.planning.clinics_at_random import a_clinic
from tests.scheduler.planning.larger_clinics import visit_types
from tests.scheduler.planning.small_clinics import wall

FIRST_ON = date(2026, 5, 4)
LOAD = 0.5
SEEDS = range(7)
ROUNDS = 3
RESOURCES = 20


@dataclass(frozen=True)
class Size:
    """One problem size; every axis of the table changes one of these alone."""

    sessions: int
    times: int
    weeks: int
    # The course begins within so many days.
    within: int = 42

    @property
    def resources(self) -> int:
        return RESOURCES * self.times


@dataclass(frozen=True)
class Axis:
    """What grows, the sizes it is tried at, and what stays as it is."""

    name: str
    fixed: str
    sizes: tuple[Size, ...]

    def value(self, size: Size) -> int:
        return {
            "sessions": size.sessions,
            "resources": size.resources,
            "weeks": size.weeks,
        }[self.name]


AXES = (
    Axis(
        "sessions",
        "20 resources, 26 weeks",
        tuple(Size(n, 1, 26) for n in (6, 10, 16, 24, 32, 40)),
    ),
    Axis(
        "resources",
        "16 sessions, 12 weeks",
        tuple(Size(16, times, 12) for times in (1, 3, 6, 12, 25)),
    ),
    Axis(
        "weeks",
        "6 sessions, 20 resources, beginning whenever it fits",
        tuple(Size(6, 1, weeks, 7 * weeks) for weeks in (4, 8, 13, 26, 52)),
    ),
)


@dataclass(frozen=True)
class Point:
    """The time in the middle, and of how many courses there was a plan."""

    size: int
    milliseconds: float
    planned: int


def main() -> int:
    print("| what grows | else | " + " | ".join(["size: time"] * 6) + " | exponent |")
    print("|---" * 9 + "|")
    for axis in AXES:
        points = list(measured(axis))
        cells = [f"{p.size}: {p.milliseconds:.1f} ms" for p in points]
        cells += [""] * (6 - len(cells))
        told = f"| {axis.name} | {axis.fixed} | {' | '.join(cells)} |"
        print(f"{told} {exponent(points):.2f} |", flush=True)
        planned = ", ".join(f"{p.planned} of {len(SEEDS)}" for p in points)
        print(f"{axis.name}: with a plan {planned}", file=sys.stderr)
    return 0


def measured(axis: Axis, seeds: Sequence[int] = SEEDS) -> Iterator[Point]:
    """Every size of an axis, with the median of so many courses."""
    for size in axis.sizes:
        took, planned = [], 0
        for seed in seeds:
            problem = a_problem_of(size, seed)
            milliseconds, has_plan = _timed(problem)
            took.append(milliseconds)
            planned += has_plan
        yield Point(axis.value(size), statistics.median(took), planned)


def exponent(points: Sequence[Point]) -> float:
    """The slope of the line of least squares through the logarithms."""
    sizes = np.log([point.size for point in points])
    times = np.log([point.milliseconds for point in points])
    return float(np.polyfit(sizes, times, 1)[0])


def a_problem_of(size: Size, seed: int) -> CourseProblem:
    """A course of that size in a half-full clinic of that size."""
    clinic = a_clinic(Random(seed), FIRST_ON, size.weeks, LOAD, size.times)
    course, visits = _a_course(size.sessions)
    return CourseProblem(
        course=course,
        visits=visits,
        calendars=replace(clinic, grid_minutes=15, patient_busy=()),
        not_before=wall(FIRST_ON, 0),
        preferences=Preferences(start_within_days=size.within),
    )


def _a_course(count: int) -> tuple[CourseShape, dict[str, Visit]]:
    """A preparation, then infusions twice a week, each but the last with therapy."""
    types = visit_types()
    steps = [(_step("D1", "dosing"), "infusion-40")]
    prep = replace(_step("PREP", "preparation", "D1"), before="D1")
    prep = replace(prep, earliest=-14, target=-5, latest=-1)
    steps.insert(0, (prep, "preparation"))
    dose = 1
    while len(steps) < count:
        therapy = replace(
            _step(f"I{dose}", "integration", f"D{dose}"),
            anchor_edge="end",
            pair_of=f"D{dose}",
            minimum_hours=16,
            is_allowed_on_dosing_day=False,
        )
        steps.append((replace(therapy, earliest=1, target=1, latest=3), "integration"))
        if len(steps) < count:
            dose += 1
            again = _step(f"D{dose}", "dosing", f"D{dose - 1}")
            again = replace(again, earliest=2, target=3, latest=5)
            steps.append((again, "infusion-40"))
    sessions = tuple(
        SessionShape(step.code, step.code, step.kind, step) for step, _ in steps
    )
    visits = {
        step.code: replace(types[code], key=step.code, label=step.code)
        for step, code in steps
    }
    spacing = (SpacingShape("most_in_days", 7, 3), SpacingShape("minimum_gap", 2))
    return CourseShape(sessions, spacing), visits


def _step(code: str, kind: str, anchor: str = "") -> StepShape:
    return StepShape(code=code, name=code, kind=kind, anchor=anchor)


def _timed(problem: CourseProblem) -> tuple[float, bool]:
    took, has_plan = [], False
    for _ in range(ROUNDS):
        # The same calendars, with nothing worked out from them yet.
        fresh = replace(problem, calendars=replace(problem.calendars))
        began = time.perf_counter()
        has_plan = isinstance(find_plan(fresh), Plan)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000, has_plan


if __name__ == "__main__":
    sys.exit(main())
