"""What the planner is asked and what it answers, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from courses.errors import Refusal
from courses.rules.shapes import TREATMENT as TREATMENT
from courses.rules.shapes import CourseShape, Placement
from scheduler.planning.calendar import Calendars, PlannedClaim, Visit
from scheduler.planning.objective import Cost, Objective


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the patient would like. `start_on` is kept; the rest is as far as possible.

    A session without an anchor begins at most `start_within_days` after the first
    day that leaves room for what comes before it.
    """

    start_on: date | None = None
    weekdays: frozenset[int] | None = None
    earliest: time | None = None
    latest: time | None = None
    start_within_days: int = 42


@dataclass(frozen=True, slots=True)
class Demand:
    """What somebody insists on for a session. All of it is kept, or there is no plan.

    `serving` names the resource of a party. A day is a local day of the site.
    """

    on: date | None = None
    starts_at: datetime | None = None
    serving: Mapping[str, UUID] = field(default_factory=dict)
    not_on: frozenset[date] = frozenset()
    not_served_by: frozenset[UUID] = frozenset()

    def and_also(self, other: "Demand") -> "Demand":
        """Return both demands as one; where both name a time, this one's stands."""
        return Demand(
            on=self.on or other.on,
            starts_at=self.starts_at or other.starts_at,
            serving={**other.serving, **self.serving},
            not_on=self.not_on | other.not_on,
            not_served_by=self.not_served_by | other.not_served_by,
        )


NOTHING_DEMANDED = Demand()


@dataclass(frozen=True, slots=True)
class Told:
    """The time a patient was told for a session that may still move, and who serves.

    The session's own claims don't count as taken in the problem's calendars.
    """

    placement: Placement
    serving: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True)
class CourseProblem:
    """A course to be placed whole.

    `course` holds its sessions in order, `visits` what each placed session needs by
    its key, `pinned` the sessions that have their time already and never move.
    `kept` names the resource of a continuity group where the course has one.
    `demands` says what somebody insists on, by session key, and under "" for all of
    them; `told` the times that patients know of sessions that may move.
    """

    course: CourseShape
    visits: Mapping[str, Visit]
    calendars: Calendars
    not_before: datetime
    preferences: Preferences = Preferences()
    pinned: Mapping[str, Placement] = field(default_factory=dict)
    kept: Mapping[str, UUID] = field(default_factory=dict)
    demands: Mapping[str, Demand] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    objective: Objective = field(default_factory=Objective)
    # A soft window may be left by at most so many days.
    slack_days: int = 7

    def demanded(self, key: str) -> Demand:
        """Return everything that is insisted on for one session."""
        if not self.demands:
            return NOTHING_DEMANDED
        for_all = self.demands.get("", NOTHING_DEMANDED)
        return self.demands.get(key, NOTHING_DEMANDED).and_also(for_all)

    def travels(self, key: str) -> bool:
        """Tell whether the patient travels to a session."""
        visit = self.visits.get(key)
        return visit is None or not visit.is_remote

    def place_of(self, key: str) -> str:
        """Return the code of the site that the patient comes to; empty for none."""
        visit = self.visits.get(key)
        return self.calendars.site if visit is None else self.calendars.place_of(visit)

    def calendars_of(self, visit: Visit) -> Calendars:
        """Return the calendars as the visit's site sees them."""
        return self.calendars.at(visit.site)

    @property
    def first_day(self) -> date:
        """Return the first local day on which anything may be placed."""
        today = self.not_before.astimezone(self.calendars.zone).date()
        return max(today, self.preferences.start_on or today)


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """Where one session goes, who serves it, and why there."""

    key: str
    label: str
    starts_at: datetime
    ends_at: datetime
    claims: tuple[PlannedClaim, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A complete plan: no other plan costs less."""

    sessions: tuple[PlannedSession, ...]
    cost: Cost
    deviations: tuple[Refusal, ...] = ()
    kept: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoPlan:
    """There is no plan, and what stands in the way of one."""

    refusals: tuple[Refusal, ...]
