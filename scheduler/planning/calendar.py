"""What the planner knows of the world: visits, what they need, and who is free when.

Plain values without behavior of their own; `scheduler.availability` reads them from
the database, tests write them by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.planning.spans import Busy as Busy
from scheduler.planning.spans import Span as Span
from scheduler.planning.spans import Taken
from scheduler.planning.timeline import Timeline

# Where a resource with more taken keeps what it was made from, and what that is.
MADE_FROM = "made from"


class ValidDays(NamedTuple):
    """Days on which a capability counts, both included; None means no end."""

    first: date | None
    last: date | None


class Need(NamedTuple):
    """One claim that a visit makes on some resource.

    Needs with the same party are met by the same resource; different parties are met
    by different resources. `continuity` names the group of parties that should be the
    same resource all through a course, such as "therapist"; empty for none.
    `apart_from` names a group whose resource never serves this need.
    """

    party: str
    capability: str
    starts_after: int
    minutes: int
    units: int = 1
    continuity: str = ""
    apart_from: str = ""


# A party of a visit, and all that it needs.
Party = tuple[str, tuple[Need, ...]]


@dataclass(frozen=True)
class Visit:
    """One encounter to be placed: how long the patient stays and who is needed."""

    key: str
    label: str
    kind: str
    patient_minutes: int
    needs: tuple[Need, ...]
    is_remote: bool = False

    @cached_property
    def reach(self) -> int:
        """Return the minutes from the start to the end of the longest claim."""
        ends = (need.starts_after + need.minutes for need in self.needs)
        return max(self.patient_minutes, *ends, 0)

    @cached_property
    def parties(self) -> tuple[Party, ...]:
        """Return the needs of each party, in the order in which parties are named."""
        names = dict.fromkeys(need.party for need in self.needs)
        return tuple(
            (name, tuple(need for need in self.needs if need.party == name))
            for name in names
        )


@dataclass(frozen=True)
class ResourceCalendar:
    """One resource's time at one site: open hours, closures, and what is taken."""

    resource_id: UUID
    name: str
    kind: str
    capacity: int
    capabilities: Mapping[str, tuple[ValidDays, ...]]
    open: Sequence[Span]
    closed: Sequence[Span] = ()
    busy: Sequence[Busy] = ()
    # What others worked out from these values, kept for who asks next: calendars that
    # differ in one resource share what is known of all others.
    derived: dict[object, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def with_taken(self, more: Taken) -> "ResourceCalendar":
        """Return the resource with this taken as well, unit by unit."""
        before = Taken.of(self.busy)
        busy = Taken(
            np.concatenate((before.units, more.units)),
            np.concatenate((before.begins, more.begins)),
            np.concatenate((before.ends, more.ends)),
        )
        made = replace(self, busy=busy)
        made.derived[MADE_FROM] = self, more
        return made


@dataclass(frozen=True)
class Calendars:
    """Everything that may be claimed at one site over whole local days."""

    zone: ZoneInfo
    first_on: date
    last_on: date
    resources: tuple[ResourceCalendar, ...]
    grid_minutes: int = 15
    # Times at which the patient is elsewhere, such as another course's visits.
    patient_busy: tuple[Span, ...] = ()
    capability_names: Mapping[str, str] = field(default_factory=dict)
    # What others worked out from these values, kept for who asks next.
    derived: dict[object, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @cached_property
    def timeline(self) -> Timeline:
        """Return the line of minutes that all of these calendars share."""
        return Timeline(self.zone, self.first_on, self.last_on)

    @cached_property
    def by_id(self) -> Mapping[UUID, ResourceCalendar]:
        """Return the resources by their id."""
        return {resource.resource_id: resource for resource in self.resources}

    def able(self, needs: tuple[Need, ...]) -> tuple[ResourceCalendar, ...]:
        """Return who could serve these needs on some day, by name; least skilled first.

        The needs are those of one party.
        """
        key = "able", needs
        if key not in self.derived:
            wanted = {need.capability for need in needs}
            units = max(need.units for need in needs)
            found = [
                resource
                for resource in self.resources
                if units <= resource.capacity and wanted <= resource.capabilities.keys()
            ]
            found.sort(key=lambda r: (len(r.capabilities), r.name, r.resource_id))
            self.derived[key] = tuple(found)
        able: tuple[ResourceCalendar, ...] = self.derived[key]
        return able

    def with_resources(
        self, resources: tuple[ResourceCalendar, ...], patient_busy: tuple[Span, ...]
    ) -> "Calendars":
        """Return the same days with other resources, for another patient."""
        made = replace(self, resources=resources, patient_busy=patient_busy)
        # The same days are the same line, which takes longer to draw than all else.
        vars(made)["timeline"] = self.timeline
        return made

    def capability_name(self, code: str) -> str:
        """Return the capability in words that the front desk knows."""
        return self.capability_names.get(code, code.replace("-", " "))


class PlannedClaim(NamedTuple):
    """One unit of one resource, wanted for a span."""

    party: str
    resource_id: UUID
    unit: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Fit:
    """A visit that can be held at this time, and the claims it would make."""

    starts_at: datetime
    ends_at: datetime
    claims: tuple[PlannedClaim, ...]

    def resource_of(self, party: str) -> UUID | None:
        """Return the resource that serves the party, if the visit has that party."""
        return next(
            (claim.resource_id for claim in self.claims if claim.party == party), None
        )
