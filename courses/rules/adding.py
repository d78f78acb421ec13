"""Where an added session stands in its course, and whether it can be there."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from courses.errors import Refusal
from courses.rules.protocol_shape import protocol_problems
from courses.rules.resting import in_days
from courses.rules.shapes import CourseShape, SessionShape, StepShape


def place_of(course: CourseShape, anchor: str, target: int) -> int:
    """Return before which session one stands that lies so many days from another.

    Sessions stand in the order of the days on which they fall when every target is
    met. `anchor` is the other session's key; the answer counts from the first session.
    """
    days = _nominal_days(course)
    keys = [session.key for session in course.sessions]
    root, base = days[anchor]
    first, last = 0, keys.index(anchor)
    if target >= 0:
        first, last = last + 1, len(keys)
    for place in range(first, last):
        its_root, its_day = days[keys[place]]
        if its_root == root and its_day >= base + target:
            return place
    return last


def _nominal_days(course: CourseShape) -> Mapping[str, tuple[str, int]]:
    """Return for each session what its days count from in the end, and how many."""
    find = course.by_code().get

    def of(session: SessionShape, seen: frozenset[str]) -> tuple[str, int]:
        step = session.step
        anchor = find(step.anchor) if step and step.anchor else None
        if step is None or anchor is None or session.key in seen:
            return session.key, 0
        root, day = of(anchor, seen | {session.key})
        return root, day + in_days(step)[0]

    return {session.key: of(session, frozenset()) for session in course.sessions}


def refuse_addition(
    before: CourseShape, after: CourseShape, omitted: Collection[str]
) -> Refusal | None:
    """Return why the course with the added session can't be followed, if it can't.

    A course that couldn't be followed before isn't the new session's fault.
    """
    found = _problems(after, omitted)
    if not found or _problems(before, omitted):
        return None
    return replace(found[0], rule="session.window_impossible")


def _problems(course: CourseShape, omitted: Collection[str]) -> tuple[Refusal, ...]:
    labels = {s.step.code: s.label for s in course.sessions if s.step}
    gone = {s.step.code for s in course.sessions if s.step and s.key in omitted}
    kept = {code: label for code, label in labels.items() if code not in gone}

    def named(step: StepShape) -> StepShape:
        return replace(
            step,
            code=labels[step.code],
            # A dose that was left out has no say in how close others may be.
            kind="" if step.code in gone else step.kind,
            anchor=labels.get(step.anchor, ""),
            pair_of=kept.get(step.pair_of, ""),
            after=kept.get(step.after, ""),
            before=kept.get(step.before, ""),
        )

    steps = [named(session.step) for session in course.sessions if session.step]
    # The longest span is about the protocol's own doses, and grows with what is added;
    # how other sessions are spaced is about the protocol's own, too.
    spacing = [
        rule
        for rule in course.spacing
        if rule.kind != "longest_span" and rule.about == "dosing"
    ]
    return protocol_problems(steps, spacing)
