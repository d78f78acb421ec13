"""Measures speed on the engine of this run: prints a table, keeps var/bench.json.

Every `bench_*.py` beside this file holds functions named `measure_*` that take one
`Report`. Before each of these files the database is empty. Run all on both engines
with `make bench`, or one with
`TEST_ENGINE=postgresql python -m tests.benchmarks.harness bench_commit`.
"""

import importlib
import inspect
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parents[1] / "var" / "bench.json"


@dataclass(frozen=True)
class Measurement:
    """One figure: what, at which size, how much of what, and whether that is enough."""

    name: str
    size: str
    value: float
    unit: str
    baseline: float | None
    goal: str
    met: bool


@dataclass
class Report:
    """Takes the figures of one run."""

    engine: str
    measurements: list[Measurement] = field(default_factory=list)

    def register(
        self,
        *,
        name: str,
        size: str,
        value: float,
        unit: str,
        at_most: float | None = None,
        at_least: float | None = None,
        baseline: float | None = None,
    ) -> None:
        """The figure is in the table; without a bound it is only shown, and met.

        `baseline` is the same thing done the plain way, measured in the same run.
        """
        met = (at_most is None or value <= at_most) and (
            at_least is None or value >= at_least
        )
        goal = " and ".join(
            f"{word} {bound:g} {unit}"
            for word, bound in (("at most", at_most), ("at least", at_least))
            if bound is not None
        )
        measurement = Measurement(
            name=f"{name} ({self.engine})",
            size=size,
            value=round(value, 3),
            unit=unit,
            baseline=None if baseline is None else round(baseline, 3),
            goal=goal,
            met=met,
        )
        self.measurements.append(measurement)
        print(row_of(measurement), flush=True)


def median_milliseconds(act: Callable[[], Any], *, rounds: int) -> float:
    """The middle of several runs, after one that warms up."""
    act()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def main(wanted: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from tests import guarded_flush

    guarded_flush.allow()
    report = Report({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor])
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        print(header())
        for path in sorted(FOLDER.glob("bench_*.py")):
            if wanted and path.stem not in wanted:
                continue
            call_command("flush", verbosity=0, interactive=False)
            measure(importlib.import_module(f"tests.benchmarks.{path.stem}"), report)
    finally:
        connection.close()
        teardown_databases(databases, verbosity=0)
    keep(report)
    missed = [each.name for each in report.measurements if not each.met]
    print(f"{len(report.measurements)} figures, {len(missed)} short of their goal.")
    return 1 if missed else 0


def measure(module: ModuleType, report: Report) -> None:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("measure_"):
            function(report)


def keep(report: Report) -> None:
    """The figures are added to those of the other engine."""
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    RESULTS.parent.mkdir(exist_ok=True)
    figures = [asdict(measurement) for measurement in report.measurements]
    RESULTS.write_text(json.dumps(earlier + figures, indent=1) + "\n")


def header() -> str:
    line = f"{'what':<58} {'size':<28} {'value':>14} {'baseline':>10}  goal"
    return f"{line}\n{'-' * len(line)}"


def row_of(each: Measurement) -> str:
    baseline = "" if each.baseline is None else f"{each.baseline:g}"
    verdict = "" if not each.goal else "  met" if each.met else "  MISSED"
    value = f"{each.value:g} {each.unit}"
    return (
        f"{each.name:<58} {each.size:<28} {value:>14} {baseline:>10}  "
        f"{each.goal}{verdict}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
