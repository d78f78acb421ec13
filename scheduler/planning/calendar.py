"""What the planner knows of the world: visits, what they need, and who is free when.

Plain values without behavior of their own; `scheduler.availability` reads them from
the database, tests write them by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.planning.spans import Busy as Busy
from scheduler.planning.spans import Span as Span
from scheduler.planning.spans import Taken
from scheduler.planning.timeline import DAY, Timeline, first_instant_at

# Where a resource with more taken keeps what it was made from, and what that is.
MADE_FROM = "made from"


class ValidDays(NamedTuple):
    """Days on which a capability counts, both included; None means no end."""

    first: date | None
    last: date | None


class Stay(NamedTuple):
    """The patient's time at a site; the site is empty where nobody travels."""

    starts_at: datetime
    ends_at: datetime
    site: str = ""


class Opening(NamedTuple):
    """When a resource is open at a site, and closed there all the same."""

    open: Sequence[Span]
    closed: Sequence[Span] = ()


class SiteFacts(NamedTuple):
    """What a plan must know of a site besides who is there."""

    name: str
    grid_minutes: int = 15
    # What a patient needs between this site and another one.
    travel_minutes: int = 30


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
    # The code of the site where it is held; empty for that of the calendars.
    site: str = ""

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
    """One resource's time at one site: open hours, closures, and what is taken.

    `elsewhere` has its hours at the other sites of a plan, if it is at any of them;
    what is taken is taken everywhere. It may have no place at the site itself.
    """

    resource_id: UUID
    name: str
    kind: str
    capacity: int
    capabilities: Mapping[str, tuple[ValidDays, ...]]
    open: Sequence[Span]
    closed: Sequence[Span] = ()
    busy: Sequence[Busy] = ()
    elsewhere: Mapping[str, Opening] = field(default_factory=dict)
    is_here: bool = True
    # What others worked out from these values, kept for who asks next: calendars that
    # differ in one resource share what is known of all others.
    derived: dict[object, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def at(self, site: str, instead_of: str) -> "ResourceCalendar":
        """Return the same resource as another site sees it, and not this one."""
        key = "at", site
        if key not in self.derived:
            there = self.elsewhere.get(site)
            others = {s: o for s, o in self.elsewhere.items() if s != site}
            if self.is_here:
                others[instead_of] = Opening(self.open, self.closed)
            self.derived[key] = replace(
                self,
                open=there.open if there else (),
                closed=there.closed if there else (),
                elsewhere=others,
                is_here=there is not None,
            )
        seen: ResourceCalendar = self.derived[key]
        return seen

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
    """Everything that may be claimed at one site over whole local days.

    `site` is its code. `sites` says more of it and of all others that matter; where
    they are several, `at` shows each of them, and all keep the clocks of one zone.
    """

    zone: ZoneInfo
    first_on: date
    last_on: date
    resources: tuple[ResourceCalendar, ...]
    grid_minutes: int = 15
    # Times at which the patient is elsewhere, such as another course's visits.
    patient_busy: tuple[Stay, ...] = ()
    site: str = ""
    sites: Mapping[str, SiteFacts] = field(default_factory=dict)
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

    def at(self, site: str) -> "Calendars":
        """Return the calendars as another site sees them: its hours and its grid."""
        if not site or site == self.site:
            return self
        key = "at", site
        if key not in self.derived:
            made = replace(
                self,
                resources=tuple(r.at(site, self.site) for r in self.resources),
                grid_minutes=self.sites[site].grid_minutes,
                site=site,
                sites={
                    **self.sites,
                    self.site: self.sites.get(
                        self.site, SiteFacts(self.site, self.grid_minutes)
                    ),
                },
            )
            vars(made)["timeline"] = self.timeline
            self.derived[key] = made
        seen: Calendars = self.derived[key]
        return seen

    def place_of(self, visit: Visit) -> str:
        """Return the code of the site that the patient comes to; empty for none."""
        return "" if visit.is_remote else visit.site or self.site

    def site_name(self, site: str) -> str:
        """Return what people call a site."""
        return self.sites[site].name if site in self.sites else site

    def travel_between(self, one: str, other: str) -> int:
        """Return the minutes that a patient needs from one place to another."""
        if not one or not other or one == other:
            return 0
        sites = [self.sites[site] for site in (one, other) if site in self.sites]
        return max((site.travel_minutes for site in sites), default=0)

    @cached_property
    def patient_barred(self) -> tuple[Span, ...]:
        """Return when the patient can't be here: elsewhere, or on the way that day."""
        return tuple(self._with_travel(stay) for stay in self.patient_busy)

    def on_the_way(self, starts_at: datetime, ends_at: datetime) -> str:
        """Return from or to which site the patient would be on the way, if any.

        Empty where the patient is at another place during that time.
        """
        stays = zip(self.patient_busy, self.patient_barred, strict=True)
        met = [
            (stay.site, stay.starts_at < ends_at and starts_at < stay.ends_at)
            for stay, barred in stays
            if barred.starts_at < ends_at and starts_at < barred.ends_at
        ]
        return "" if any(is_there for _, is_there in met) else met[0][0] if met else ""

    @property
    def here(self) -> str:
        """Return "at" and which site this is, where there are several."""
        is_one = len(self.sites) < 2
        return "at this site" if is_one else f"at {self.site_name(self.site)}"

    def _with_travel(self, stay: Stay) -> Span:
        minutes = self.travel_between(self.site, stay.site)
        if not minutes:
            return Span(stay.starts_at, stay.ends_at)
        way, zone = timedelta(minutes=minutes), self.zone
        first = stay.starts_at.astimezone(zone).date()
        last = (stay.ends_at - timedelta.resolution).astimezone(zone).date()
        return Span(
            max(stay.starts_at - way, first_instant_at(zone, first, time.min)),
            min(stay.ends_at + way, first_instant_at(zone, last + DAY, time.min)),
        )

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
                if resource.is_here
                and units <= resource.capacity
                and wanted <= resource.capabilities.keys()
            ]
            found.sort(key=lambda r: (len(r.capabilities), r.name, r.resource_id))
            self.derived[key] = tuple(found)
        able: tuple[ResourceCalendar, ...] = self.derived[key]
        return able

    def with_resources(
        self, resources: tuple[ResourceCalendar, ...], patient_busy: tuple[Stay, ...]
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
