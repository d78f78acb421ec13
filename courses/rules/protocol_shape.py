"""Whether a protocol can be followed at all, checked before it is published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from courses.errors import Refusal
from courses.rules.shapes import SpacingShape, StepShape
from courses.rules.spacing import reach_of, spaced_name
from courses.rules.wording import counted


@dataclass(frozen=True, slots=True)
class _Bound:
    """`later` lies at most `days` days after `earlier` (both are step codes)."""

    earlier: str
    later: str
    days: int
    reason: str


def protocol_problems(
    steps: Sequence[StepShape], spacing: Sequence[SpacingShape]
) -> tuple[Refusal, ...]:
    """Return every reason why nobody could follow this protocol."""
    if not steps:
        return (_problem("protocol.empty", "The protocol has no steps. Add them."),)
    found = [
        *_circles(steps),
        *_pairs(steps),
        *_hours(steps),
        *_nothing_to_space(steps, spacing),
    ]
    if found:
        return tuple(found)
    return impossible_windows(steps, spacing)


def _problem(rule: str, sentence: str, step: str = "") -> Refusal:
    return Refusal(rule=rule, sentence=sentence, session=step)


def _circles(steps: Sequence[StepShape]) -> Iterator[Refusal]:
    anchors = {step.code: step.anchor for step in steps}
    roots = [code for code, anchor in anchors.items() if not anchor]
    if not roots:
        yield _problem(
            "protocol.no_first_step",
            "Every step has an anchor, so none begins the course."
            " Leave the anchor of one step empty.",
        )
    told: set[str] = set()
    for code in anchors:
        path = [code]
        while (anchor := anchors.get(path[-1], "")) and anchor not in path:
            path.append(anchor)
        if anchor == code and not told & set(path):
            told |= set(path)
            circle = " -> ".join([*path, code])
            yield _problem(
                "protocol.anchor_circle",
                f"The anchors form a circle: {circle}."
                " Anchor one of these steps to a step outside of it.",
                code,
            )


def _pairs(steps: Sequence[StepShape]) -> Iterator[Refusal]:
    kinds = {step.code: step.kind for step in steps}
    for step in steps:
        if step.pair_of and kinds.get(step.pair_of) != "dosing":
            yield _problem(
                "protocol.pair_without_dose",
                f"{step.code} is paired with {step.pair_of}, which is not a dosing"
                " step. Pair it with the dose that it follows.",
                step.code,
            )


def _hours(steps: Sequence[StepShape]) -> Iterator[Refusal]:
    for step in steps:
        hours = step.latest if step.unit == "hours" else (step.latest + 1) * 24
        if step.anchor and step.minimum_hours and step.minimum_hours > hours:
            yield _problem(
                "protocol.window_impossible",
                f"{step.code} must wait {counted(step.minimum_hours, 'hour')}, but its"
                " window closes before. Widen the window or shorten the wait.",
                step.code,
            )
        if step.maximum_hours and not step.anchor:
            yield _problem(
                "protocol.hours_without_anchor",
                f"{step.code} begins at most {counted(step.maximum_hours, 'hour')}"
                " after its anchor, and has none. Give it an anchor, or no hours.",
                step.code,
            )
        elif step.maximum_hours and step.maximum_hours < step.minimum_hours:
            yield _problem(
                "protocol.window_impossible",
                f"{step.code} must wait {counted(step.minimum_hours, 'hour')} and may"
                f" wait {step.maximum_hours}. Shorten the one or lengthen the other.",
                step.code,
            )


def _nothing_to_space(
    steps: Sequence[StepShape], spacing: Sequence[SpacingShape]
) -> Iterator[Refusal]:
    kinds = {step.kind for step in steps if step.is_placed}
    for about in dict.fromkeys(rule.about for rule in spacing):
        if about not in kinds:
            yield _problem(
                "protocol.nothing_to_space",
                f"A spacing rule is about {spaced_name(about)}s, and no step is one."
                " Remove the rule, or choose what it is about.",
            )


def impossible_windows(
    steps: Sequence[StepShape], spacing: Sequence[SpacingShape]
) -> tuple[Refusal, ...]:
    """Return why no days could meet all of these windows; nothing if some could."""
    bounds = [*_window_bounds(steps), *_spacing_bounds(steps, spacing)]
    circle = _negative_circle([step.code for step in steps], bounds)
    if not circle:
        return ()
    reasons = "; ".join(dict.fromkeys(bound.reason for bound in circle))
    sentence = f"These windows can't all be met: {reasons}. Widen one of them."
    return (_problem("protocol.window_impossible", sentence, circle[0].later),)


def _window_bounds(steps: Sequence[StepShape]) -> Iterator[_Bound]:
    for step in steps:
        if step.anchor:
            low, high = step.earliest, step.latest
            if step.unit == "hours":
                # An hour window touches every day that it reaches into.
                low, high = low // 24, -(-high // 24) + 1
            reason = (
                f"{step.code} is {step.earliest} to {step.latest} {step.unit} from"
                f" {step.anchor}"
            )
            yield _Bound(step.anchor, step.code, high, reason)
            yield _Bound(step.code, step.anchor, -low, reason)
        if step.anchor and step.maximum_hours:
            reason = (
                f"{step.code} begins at most {counted(step.maximum_hours, 'hour')}"
                f" after {step.anchor}"
            )
            yield _Bound(step.anchor, step.code, step.maximum_hours // 24 + 1, reason)
        if step.after:
            reason = f"{step.code} is after {step.after}"
            yield _Bound(step.code, step.after, 0, reason)
        if step.pair_of:
            reason = f"{step.code} belongs to {step.pair_of} and is after it"
            yield _Bound(step.code, step.pair_of, 0, reason)
        if step.before and step.is_before_hard:
            reason = f"{step.code} is before {step.before}"
            yield _Bound(step.before, step.code, 0, reason)


def _spacing_bounds(
    steps: Sequence[StepShape], spacing: Sequence[SpacingShape]
) -> Iterator[_Bound]:
    for about in dict.fromkeys(("dosing", *(rule.about for rule in spacing))):
        for earlier, later in pairwise(_of_kind(steps, about)):
            yield _Bound(later, earlier, 0, f"{later} is after {earlier}")
    for rule in spacing:
        codes = _of_kind(steps, rule.about)
        reach = reach_of(rule, len(codes))
        if reach < 1:
            continue
        for first, last in zip(codes, codes[reach:], strict=False):
            if rule.kind == "longest_span":
                reason = f"{first} to {last} takes at most {counted(rule.days, 'day')}"
                yield _Bound(first, last, rule.days, reason)
            else:
                reason = (
                    f"{first} and {last} are at least {counted(rule.days, 'day')} apart"
                )
                yield _Bound(last, first, -rule.days, reason)


def _of_kind(steps: Sequence[StepShape], kind: str) -> list[str]:
    return [step.code for step in steps if step.kind == kind]


def _negative_circle(codes: Sequence[str], bounds: Sequence[_Bound]) -> list[_Bound]:
    """Return bounds that contradict each other, by Bellman and Ford; [] if none do.

    A set of differences can be met exactly when its graph has no negative circle.
    """
    known = set(codes)
    bounds = [b for b in bounds if b.earlier in known and b.later in known]
    distance = dict.fromkeys(codes, 0)
    reached_by: dict[str, _Bound] = {}
    last = ""
    for _ in codes:
        last = ""
        for bound in bounds:
            reached = distance[bound.earlier] + bound.days
            if reached < distance[bound.later]:
                distance[bound.later] = reached
                reached_by[bound.later] = bound
                last = bound.later
        if not last:
            return []
    for _ in codes:
        last = reached_by[last].earlier
    circle, at = [], last
    while True:
        circle.append(reached_by[at])
        at = reached_by[at].earlier
        if at == last:
            return circle
