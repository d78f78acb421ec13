"""How close together and how far apart the sessions of one kind may be."""

from collections.abc import Collection, Iterator

from courses.rules.shapes import (
    CourseShape,
    Placement,
    Placements,
    SessionShape,
    SpacingShape,
)
from courses.rules.wording import counted

_NAMES = {
    "dosing": "dose",
    "therapy": "therapy session",
    "integration": "integration session",
    "preparation": "preparation session",
}


def spaced_name(about: str) -> str:
    """Return what one session of the kind that a spacing rule is about is called."""
    return _NAMES.get(about, "visit")


def reach_of(rule: SpacingShape, sessions: int) -> int:
    """Return how many sessions further the one lies that the rule measures to."""
    return {"minimum_gap": 1, "most_in_days": rule.count or 0}.get(
        rule.kind, sessions - 1
    )


def placed_of_kind(
    kind: str, course: CourseShape, placements: Placements
) -> list[tuple[SessionShape, Placement]]:
    """Return the placed sessions of a kind by time."""
    placed = [
        (session, placements[session.key])
        for session in course.sessions
        if session.kind == kind and session.key in placements
    ]
    return sorted(placed, key=lambda one: one[1].starts_at)


def spacing_broken(
    course: CourseShape, placements: Placements, moved: Collection[str]
) -> Iterator[tuple[SpacingShape, SessionShape, str]]:
    """Yield each broken spacing rule, the later session of the two, and a sentence."""
    for rule in course.spacing:
        placed = [
            one
            for one in placed_of_kind(rule.about, course, placements)
            if rule.counts(one[0])
        ]
        reach = reach_of(rule, len(placed))
        if reach < 1:
            continue
        for index, (last, to) in enumerate(placed[reach:]):
            days = (to.on - placed[index][1].on).days
            if _breaks(rule, days):
                among = [one for one, _ in placed[index : index + reach + 1]]
                way_out = _way_apart(course, among, moved)
                yield rule, last, _sentence(rule, among, days, way_out)


def _breaks(rule: SpacingShape, days: int) -> bool:
    return days > rule.days if rule.kind == "longest_span" else days < rule.days


def _sentence(
    rule: SpacingShape, among: list[SessionShape], days: int, way_out: str
) -> str:
    first, last = among[0], among[-1]
    if rule.kind == "minimum_gap":
        return (
            f"{first.label} and {last.label} are {counted(days, 'day')} apart, and must"
            f" be at least {rule.days}. {way_out}"
        )
    name = spaced_name(rule.about)
    if rule.kind == "most_in_days":
        return (
            f"At most {counted(rule.count or 0, name)} may fall in any"
            f" {counted(rule.days, 'day')}, and from {first.label} to {last.label}"
            f" there are {len(among)}. {way_out}"
        )
    return (
        f"{first.label} to {last.label} takes {counted(days, 'day')}, and may take"
        f" {rule.days}. Move the {name}s closer together."
    )


def _way_apart(
    course: CourseShape, among: list[SessionShape], moved: Collection[str]
) -> str:
    """Say which one to move away from the others, and to which side it belongs."""
    about = next((one for one in reversed(among) if one.key in moved), among[-1])
    planned = [session for session in course.sessions if session in among]
    sides = {planned[0].key: "an earlier", planned[-1].key: "a later"}
    return f"Choose {sides.get(about.key, 'another')} day for {about.label}."
