"""Where a window hangs when the session that it counts from has no day of its own.

A step anchored on a session that is not placed (a remote measure, an omitted dose)
hangs on that session's own anchor instead, the two windows added.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from courses.rules.shapes import SessionShape, StepShape

Finding = Callable[[str], SessionShape | None]


def resting_on(step: StepShape, find: Finding, placed: Collection[str]) -> StepShape:
    """Return the step hung on its nearest placed anchor; "" when there is none."""
    seen = {step.code}
    while step.anchor:
        anchor = find(step.anchor)
        if anchor is None or anchor.step is None or anchor.step.code in seen:
            return replace(step, anchor="")
        if anchor.key in placed:
            return step
        seen.add(anchor.step.code)
        step = _sum(step, anchor.step)
    return step


def _sum(step: StepShape, anchor: StepShape) -> StepShape:
    mine, theirs = in_days(step), in_days(anchor)
    return replace(
        step,
        anchor=anchor.anchor,
        anchor_edge=anchor.anchor_edge,
        unit="days",
        target=mine[0] + theirs[0],
        earliest=mine[1] + theirs[1],
        latest=mine[2] + theirs[2],
        minimum_hours=0,
        maximum_hours=0,
    )


def in_days(step: StepShape) -> tuple[int, int, int]:
    """Return target, earliest and latest in whole days."""
    if step.unit == "days":
        return step.target, step.earliest, step.latest
    return step.target // 24, step.earliest // 24, -(-step.latest // 24)
