"""Calendars that several courses share, and which of them has taken what.

Taking and giving back touch only the resources concerned: all others stay the very
same objects from one question to the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from scheduler.planning.calendar import Calendars, PlannedClaim, ResourceCalendar, Stay
from scheduler.planning.spans import Busy, Taken

Claims = Sequence[PlannedClaim]


class SharedCalendars:
    """What is free for one course, given what the others have taken.

    The calendars that it begins with hold no claim of any of the courses.
    """

    def __init__(self, calendars: Calendars) -> None:
        self.calendars = calendars
        self._taken: dict[str, tuple[PlannedClaim, ...]] = {}
        # Who takes what of a resource. Units are kept apart, so capacity stays exact.
        self._of: dict[UUID, dict[str, list[PlannedClaim]]] = defaultdict(dict)
        self._now: dict[UUID, ResourceCalendar] = dict(calendars.by_id)

    def take(self, course: str, claims: Claims) -> None:
        """Let the course hold these claims and nothing else."""
        self.give_back(course)
        self._taken[course] = tuple(claims)
        for claim in claims:
            self._of[claim.resource_id].setdefault(course, []).append(claim)
        self._renew(claims)

    def give_back(self, course: str) -> Claims:
        """Let the course hold nothing; return what it held."""
        claims = self._taken.pop(course, ())
        for resource_id in {claim.resource_id for claim in claims}:
            del self._of[resource_id][course]
        self._renew(claims)
        return claims

    def taken_by(self, course: str) -> Claims:
        """Return what the course holds now."""
        return self._taken.get(course, ())

    def holders(self) -> list[str]:
        """Return the courses that hold something, in the order of their keys."""
        return sorted(course for course, claims in self._taken.items() if claims)

    def free_for(
        self, patient_busy: tuple[Stay, ...], barred: Claims = ()
    ) -> Calendars:
        """Return the calendars as a course that holds nothing finds them.

        `barred` are claims that it may not make either.
        """
        now = self._now
        if barred:
            now = {**now}
            for claim in barred:
                resource = now.get(claim.resource_id)
                if resource is not None:
                    now[claim.resource_id] = _taken_as_well(resource, [claim])
        return self.calendars.with_resources(tuple(now.values()), patient_busy)

    def in_the_way(self, claims: Claims) -> frozenset[str]:
        """Return which courses hold something of what these claims want."""
        return frozenset(
            course
            for claim in claims
            for course, held in self._of[claim.resource_id].items()
            if any(clash(claim, other) for other in held)
        )

    def _renew(self, claims: Claims) -> None:
        for resource_id in {claim.resource_id for claim in claims}:
            base = self.calendars.by_id.get(resource_id)
            if base is None:
                continue
            held = self._of[resource_id].values()
            more = [claim for some in held for claim in some]
            self._now[resource_id] = _taken_as_well(base, more) if more else base


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


def _taken_as_well(resource: ResourceCalendar, claims: Claims) -> ResourceCalendar:
    """Return the resource with these claims taken too, unit by unit."""
    before = Taken.of(resource.busy)
    more = Taken.of(Busy(c.unit, c.starts_at, c.ends_at) for c in claims)
    busy = Taken(
        np.concatenate((before.units, more.units)),
        np.concatenate((before.begins, more.begins)),
        np.concatenate((before.ends, more.ends)),
    )
    return replace(resource, busy=busy)
