"""What a course's sessions hang on once some were left out, added or held up.

The protocol names the sessions that a window counts from. When the course is no longer
the protocol's own, what was meant is this:

- What looks back on the treatment counts from the last treatment visit that is left, or
  from the last dose where the protocol says so.
- A dose counts from the dose before it, even if that one was added.
- A session that was given a first day of its own counts from nothing else.
- The longest span is about the protocol's own doses and grows by what was put between.
- Rules on how other sessions are spaced are about the protocol's own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from courses.rules.resting import in_days
from courses.rules.shapes import (
    TREATMENT,
    CourseShape,
    SessionShape,
    SpacingShape,
    StepShape,
)

# The kinds that look back on a treatment when it is over.
LOOKING_BACK = frozenset({"review", "follow_up", "measure", "assessment"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the sessions of a course, by their keys."""

    omitted: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    # Outside the protocol: with a window of their own, or with that of a step.
    added: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()


def reanchored(course: CourseShape, standing: Standing) -> CourseShape:
    """Return the course with every session hung on what it counts from now."""
    for change in (
        _begun_anew,
        _doses_in_turn,
        _hung_on_the_last,
        _respaced,
        _spacing_its_own,
    ):
        course = change(course, standing)
    return course


def _begun_anew(course: CourseShape, standing: Standing) -> CourseShape:
    own = {s.step.code for s in course.sessions if s.step and s.earliest_on}
    found = []
    for session in course.sessions:
        step = session.step
        if step is not None:
            # What is over keeps no soft window towards a dose that was held up.
            is_over = session.key in standing.over and not step.is_hard
            if step.code in own or (is_over and step.anchor in own):
                step = replace(step, anchor="", minimum_hours=0, maximum_hours=0)
        found.append(replace(session, step=step))
    return replace(course, sessions=tuple(found))


def _doses_in_turn(course: CourseShape, standing: Standing) -> CourseShape:
    previous = inserted = ""
    earlier: set[str] = set()
    found = []
    for session in course.sessions:
        step = session.step
        if step is not None and session.kind == "dosing":
            if session.key not in standing.added:
                if inserted and step.anchor == previous:
                    step = _hung(step, {previous: inserted})
                previous, inserted = step.code, ""
            elif session.key not in standing.omitted and (
                # One that counts back from a later session stays with that one.
                not step.anchor or step.anchor in earlier
            ):
                inserted = step.code
        if step is not None:
            earlier.add(step.code)
        found.append(replace(session, step=step))
    return replace(course, sessions=tuple(found))


def _hung_on_the_last(course: CourseShape, standing: Standing) -> CourseShape:
    outside = standing.added | standing.repeated
    moved: dict[str, str] = {}
    for kinds in ({"dosing"}, TREATMENT):
        planned = [
            s.step.code
            for s in course.sessions
            if s.step and s.kind in kinds and s.key not in outside
        ]
        left = _last_left(course, standing, kinds, planned[-1]) if planned else ""
        if left and left != planned[-1]:
            moved[planned[-1]] = left
    found = [
        replace(s, step=_hung(s.step, moved))
        if s.step and s.key not in outside and _looks_back(s.kind, s.step, moved)
        else s
        for s in course.sessions
    ]
    return replace(course, sessions=tuple(found))


def _hung(step: StepShape, moved: Mapping[str, str]) -> StepShape:
    anchor, after = moved[step.anchor], moved.get(step.after, step.after)
    return replace(step, anchor=anchor, after=after)


def _looks_back(kind: str, step: StepShape, codes: Collection[str]) -> bool:
    return kind in LOOKING_BACK and step.anchor in codes and step.target > 0


def _last_left(
    course: CourseShape, standing: Standing, kinds: Collection[str], planned: str
) -> str:
    """Return the code of the last session of these kinds that isn't left out.

    One that itself counts from what looks back on the planned one comes after all that.
    """
    last = ""
    for session in course.sessions:
        step = session.step
        if step is None or session.kind not in kinds:
            continue
        # An added visit on days of its own may lie anywhere, unless it is a dose.
        is_somewhere = session.key in standing.added and not step.anchor
        is_in_turn = session.kind == "dosing" or not is_somewhere
        if (
            is_in_turn
            and session.key not in standing.omitted
            and not _comes_after_it_all(course, session, planned)
        ):
            last = step.code
    return last


def _comes_after_it_all(
    course: CourseShape, session: SessionShape, planned: str
) -> bool:
    find, seen = course.by_code().get, set[str]()
    at: SessionShape | None = session
    while at is not None and at.step is not None and at.step.code not in seen:
        if _looks_back(at.kind, at.step, {planned}):
            return True
        seen.add(at.step.code)
        at = find(at.step.anchor)
    return False


def _respaced(course: CourseShape, standing: Standing) -> CourseShape:
    doses = [
        s
        for s in course.sessions
        if s.kind == "dosing" and s.key not in standing.omitted
    ]
    outside = standing.added | standing.repeated
    if not any(dose.key in outside or dose.earliest_on for dose in doses):
        return course
    own = [n for n, dose in enumerate(doses) if dose.key not in outside]
    # A course that was held up counts from the dose with which it began anew.
    anew = [n for n in own if doses[n].earliest_on]
    spanned = doses[anew[-1] if anew else 0 : own[-1] + 1 if own else 0]
    only = frozenset(dose.key for dose in spanned if dose.key not in outside)
    between = [d.step for d in spanned if d.step and d.key not in only]
    more = sum(max(in_days(step)[2], 0) for step in between)
    spacing = [
        replace(rule, days=rule.days + more, only=only) if _spans_doses(rule) else rule
        for rule in course.spacing
        if not _spans_doses(rule) or len(only) > 1
    ]
    return replace(course, spacing=tuple(spacing))


def _spans_doses(rule: SpacingShape) -> bool:
    return rule.kind == "longest_span" and rule.about == "dosing"


def _spacing_its_own(course: CourseShape, standing: Standing) -> CourseShape:
    outside = standing.added | standing.repeated
    spacing = []
    for rule in course.spacing:
        counted = frozenset(s.key for s in course.sessions if rule.counts(s))
        if rule.about != "dosing" and counted & outside:
            # A rule that is left with nothing would be about everything.
            if counted <= outside:
                continue
            rule = replace(rule, only=counted - outside)
        spacing.append(rule)
    return replace(course, spacing=tuple(spacing))
