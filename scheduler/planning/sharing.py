"""Calendars that several courses share, and which of them has taken what.

Taking and giving back touch only the resources concerned: all others stay the very
same objects from one question to the next. A resource that is taken again as it was
before is the same object again, with all that was worked out about it.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from scheduler.planning.calendar import Calendars, PlannedClaim, ResourceCalendar, Stay
from scheduler.planning.spans import Taken, ceil_minute, floor_minute

Claims = Sequence[PlannedClaim]
# A unit of a resource, and the minutes since the epoch at which a claim begins, ends.
Row = tuple[int, int, int]
Rows = Mapping[UUID, tuple[Row, ...]]

# So many resources, as they are when something of them is taken, are kept in mind.
MOST_KEPT = 400


@dataclass(frozen=True)
class _Held:
    """What one course holds: its claims, and the same by resource."""

    claims: tuple[PlannedClaim, ...] = ()
    rows: Rows = field(default_factory=dict)


class SharedCalendars:
    """What is free for one course, given what the others have taken.

    The calendars that it begins with hold no claim of any of the courses.
    """

    def __init__(self, calendars: Calendars) -> None:
        self.calendars = calendars
        self._held: dict[str, _Held] = {}
        # Who takes what of a resource. Units are kept apart, so capacity stays exact.
        self._of: dict[UUID, dict[str, tuple[Row, ...]]] = defaultdict(dict)
        self._now: dict[UUID, ResourceCalendar] = dict(calendars.by_id)
        self._rows: dict[UUID, tuple[Row, ...]] = {}
        self._stale: set[UUID] = set()
        self._made: OrderedDict[tuple[UUID, tuple[Row, ...]], ResourceCalendar] = (
            OrderedDict()
        )

    def take(self, course: str, claims: Claims) -> None:
        """Let the course hold these claims and nothing else."""
        self.give_back(course)
        held = _Held(tuple(claims), rows_of(claims))
        self._held[course] = held
        for resource_id, rows in held.rows.items():
            self._of[resource_id][course] = rows
            self._stale.add(resource_id)

    def give_back(self, course: str) -> Claims:
        """Let the course hold nothing; return what it held."""
        held = self._held.pop(course, NOTHING)
        for resource_id in held.rows:
            del self._of[resource_id][course]
            self._stale.add(resource_id)
        return held.claims

    def taken_by(self, course: str) -> Claims:
        """Return what the course holds now."""
        return self._held.get(course, NOTHING).claims

    def rows_of(self, course: str) -> Rows:
        """Return the same by resource, as minutes."""
        return self._held.get(course, NOTHING).rows

    def holders(self) -> list[str]:
        """Return the courses that hold something, in the order of their keys."""
        return sorted(course for course, held in self._held.items() if held.claims)

    def free_for(
        self, patient_busy: tuple[Stay, ...], barred: Claims = ()
    ) -> Calendars:
        """Return the calendars as a course that holds nothing finds them.

        `barred` are claims that it may not make either.
        """
        self._refresh()
        now = self._now
        if barred:
            now = {**now}
            for resource_id, rows in self._barring(barred):
                now[resource_id] = self._with(resource_id, rows)
        return self.calendars.with_resources(tuple(now.values()), patient_busy)

    def taken_of(
        self, resource_ids: Iterable[UUID], barred: Claims = ()
    ) -> tuple[tuple[Row, ...], ...]:
        """Return all that is taken of these resources, or may not be taken."""
        self._refresh()
        rows = self._rows
        if barred:
            rows = {**rows, **dict(self._barring(barred))}
        return tuple(rows.get(resource_id, ()) for resource_id in resource_ids)

    def _refresh(self) -> None:
        for resource_id in self._stale & self.calendars.by_id.keys():
            held = self._of[resource_id].values()
            rows = tuple(sorted(row for some in held for row in some))
            self._rows[resource_id] = rows
            self._now[resource_id] = self._with(resource_id, rows)
        self._stale.clear()

    def _barring(self, barred: Claims) -> Iterator[tuple[UUID, tuple[Row, ...]]]:
        for resource_id, rows in rows_of(barred).items():
            if resource_id in self._now:
                held = self._rows.get(resource_id, ())
                yield resource_id, tuple(sorted([*held, *rows]))

    def _with(self, resource_id: UUID, rows: tuple[Row, ...]) -> ResourceCalendar:
        """Return the resource with all of this taken."""
        base = self.calendars.by_id[resource_id]
        if not rows:
            return base
        key = resource_id, rows
        if key not in self._made:
            table = np.array(rows, dtype=np.int64)
            more = Taken(table[:, 0], table[:, 1], table[:, 2])
            self._made[key] = base.with_taken(more)
            if len(self._made) > MOST_KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key]

    def in_the_way(self, claims: Claims) -> frozenset[str]:
        """Return which courses hold something of what these claims want."""
        return self.holding_of(rows_of(claims))

    def holding_of(self, wanted: Rows) -> frozenset[str]:
        """Return the same for what is wanted by resource."""
        return frozenset(
            course
            for resource_id, rows in wanted.items()
            for course, held in self._of[resource_id].items()
            if any(_meet(row, other) for row in rows for other in held)
        )


NOTHING = _Held()


def rows_of(claims: Claims) -> Rows:
    """Return the claims by resource, as minutes since the epoch."""
    found: dict[UUID, list[Row]] = {}
    for claim in claims:
        row = claim.unit, floor_minute(claim.starts_at), ceil_minute(claim.ends_at)
        found.setdefault(claim.resource_id, []).append(row)
    return {resource_id: tuple(rows) for resource_id, rows in found.items()}


def _meet(one: Row, other: Row) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def clash(one: PlannedClaim, other: PlannedClaim) -> bool:
    """Tell whether two claims want one unit at the same time."""
    return (
        (one.resource_id, one.unit) == (other.resource_id, other.unit)
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    )


def do_clash(some: Iterable[PlannedClaim], others: Claims) -> bool:
    """Tell whether any of these claims clashes with any of the others."""
    return any(clash(one, other) for one in some for other in others)
