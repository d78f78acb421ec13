"""The rows of the page of new times, on the site's clock."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courses.models import Course
from courses.rules.wording import counted
from scheduler.models import Resource
from scheduler.repairs.changes import change_of
from scheduler.repairs.reading import Member
from scheduler.repairs.searching import Search
from scheduler.ripples.diff import (
    MOVED,
    PLACED,
    RESTAFFED,
    RippleDiff,
    VisitChange,
)
from scheduler.ripples.standing import Place
from scheduler.site_clock import on_clock

_DONE = {
    MOVED: ("moves", "move"),
    RESTAFFED: ("keeps its time with others", "keep their time with others"),
    PLACED: ("is placed", "are placed"),
}


@dataclass(frozen=True)
class ShownChange:
    """One visit: when it is and when it would be, and who would serve it."""

    label: str
    outcome: str
    was: datetime | None
    starts: datetime
    ends: datetime
    who: str
    deviations: tuple[str, ...]


@dataclass(frozen=True)
class ShownCourse:
    """One course: what would change, or why nothing can."""

    course: Course
    key: str
    summary: str
    visits: tuple[ShownChange, ...]
    reasons: tuple[str, ...]
    told: tuple[str, ...]
    digest: str


def shown_courses(search: Search) -> list[ShownCourse]:
    """Return every course, those with new times first, as the engine ranks them."""
    plans = search.found.plans
    changes = {k: change_of(search.crowd.by_key[k], plans[k]) for k in plans}
    names = names_in(changes.values())
    ranked = [search.crowd.by_key[course.key] for course in search.repair.courses]
    return [
        *(shown_course(m, changes[m.key], names) for m in ranked if m.key in changes),
        *(_unplanned(search, m) for m in ranked if m.key not in changes),
    ]


def digest_of(search: Search, key: str) -> str:
    """Return a digest of what the page shows of the course's new times."""
    return digest_of_change(
        change_of(search.crowd.by_key[key], search.found.plans[key])
    )


def digest_of_change(diff: RippleDiff) -> str:
    """Return a digest of every visit before and after."""
    lines = [
        f"{visit.label} {visit.outcome} {visit.revision} {_place_line(visit.after)}"
        for visit in diff.ripple.visits
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _place_line(place: Place | None) -> str:
    if place is None:
        return ""
    return f"{place.starts_at.isoformat()} {sorted(place.serving.items())}"


def shown_course(
    member: Member, diff: RippleDiff, names: Mapping[UUID, str]
) -> ShownCourse:
    """Return the course with every visit that would change, in the order of time."""
    changed = sorted(
        diff.ripple.of(*_DONE), key=lambda visit: (visit.after or _nowhere()).starts_at
    )
    return ShownCourse(
        course=member.course,
        key=member.key,
        summary=_summary(diff),
        visits=tuple(_shown(visit, diff, names) for visit in changed),
        reasons=tuple(refusal.sentence for refusal in diff.not_cleared),
        told=tuple(sorted({m.recipient for m in diff.messages if m.recipient})),
        digest=digest_of_change(diff),
    )


def _nowhere() -> Place:
    raise AssertionError("A visit that changes goes somewhere.")


def _summary(diff: RippleDiff) -> str:
    parts = []
    for outcome, (one, several) in _DONE.items():
        count = len(diff.ripple.of(outcome))
        if count:
            parts.append(f"{counted(count, 'visit')} {one if count == 1 else several}")
    return ", ".join(parts) or "Nothing changes"


def _shown(
    visit: VisitChange, diff: RippleDiff, names: Mapping[UUID, str]
) -> ShownChange:
    after = visit.after or _nowhere()
    before = visit.before
    return ShownChange(
        label=visit.label,
        outcome=visit.outcome,
        was=on_clock(before.starts_at, before.zone) if before else None,
        starts=on_clock(after.starts_at, after.zone),
        ends=on_clock(after.ends_at, after.zone),
        who=", ".join(_who(visit, after, names)),
        deviations=tuple(
            broken.sentence for broken in diff.broken if broken.session == visit.label
        ),
    )


def _who(visit: VisitChange, after: Place, names: Mapping[UUID, str]) -> list[str]:
    """Return who would serve; in a visit that keeps its time, only who is new."""
    before = visit.before.serving if visit.before else {}
    is_short = visit.outcome == RESTAFFED
    return list(
        dict.fromkeys(
            names[who]
            for party, who in after.serving.items()
            if not is_short or before.get(party) != who
        )
    )


def _unplanned(search: Search, member: Member) -> ShownCourse:
    refusals = search.found.unplaced.get(member.key, ())
    return ShownCourse(
        course=member.course,
        key=member.key,
        summary="Stays as it is",
        visits=(),
        reasons=tuple(refusal.sentence for refusal in refusals),
        told=(),
        digest="",
    )


def names_in(diffs: Iterable[RippleDiff]) -> Mapping[UUID, str]:
    """Return the names of all who would serve (one query)."""
    wanted = {
        who
        for diff in diffs
        for visit in diff.ripple.visits
        if visit.after is not None
        for who in visit.after.serving.values()
    }
    return dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "name"))
