"""Protocols, courses and placements as plain values, for rules to reason about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

# The kinds of session that treat; the others prepare, measure, call or look back.
TREATMENT = frozenset({"dosing", "integration", "therapy"})


@dataclass(frozen=True, slots=True)
class StepShape:
    """A protocol step. Other steps are named by their code; "" means none.

    Days count calendar days of the site from the anchor's day, hours count from the
    anchor's edge.
    """

    code: str
    name: str
    kind: str
    is_placed: bool = True
    anchor: str = ""
    anchor_edge: str = "start"
    unit: str = "days"
    target: int = 0
    earliest: int = 0
    latest: int = 0
    is_hard: bool = False
    pair_of: str = ""
    after: str = ""
    before: str = ""
    minimum_hours: int = 0
    is_allowed_on_dosing_day: bool = True


@dataclass(frozen=True, slots=True)
class SpacingShape:
    """A rule on the distance between dosing sessions, in days."""

    kind: str
    days: int
    count: int | None = None
    is_hard: bool = True
    # The keys of the sessions that it is about; empty for every dose of the course.
    only: frozenset[str] = frozenset()

    def counts(self, key: str) -> bool:
        """Tell whether the rule is about this dose."""
        return not self.only or key in self.only


@dataclass(frozen=True, slots=True)
class SessionShape:
    """A session of a course: its step, or its own bounds where it has none."""

    key: str
    label: str
    kind: str
    step: StepShape | None = None
    earliest_on: date | None = None
    latest_on: date | None = None


@dataclass(frozen=True, slots=True)
class CourseShape:
    """Every session of a course in order, with the spacing of its protocol."""

    sessions: tuple[SessionShape, ...]
    spacing: tuple[SpacingShape, ...] = ()
    # Continuity groups, such as "therapist", that one resource serves throughout.
    keeps: frozenset[str] = frozenset()

    def by_code(self) -> Mapping[str, SessionShape]:
        """Return the sessions that come from a step, by the step's code."""
        return {s.step.code: s for s in self.sessions if s.step is not None}


@dataclass(frozen=True)
class Placement:
    """When a session is, or was, and in which zone its days count."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    @cached_property
    def on(self) -> date:
        """Return the local day."""
        return self.starts_at.astimezone(self.zone).date()


# When the placed sessions of a course are, by their keys.
Placements = Mapping[str, Placement]
