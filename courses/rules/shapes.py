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
    # False: coming after `before` is a deviation, and isn't refused.
    is_before_hard: bool = True
    minimum_hours: int = 0
    # At most so many hours after the anchor's end; 0 means no such limit.
    maximum_hours: int = 0
    is_allowed_on_dosing_day: bool = True


@dataclass(frozen=True, slots=True)
class SpacingShape:
    """A rule on the distance between sessions of one kind, in days."""

    kind: str
    days: int
    count: int | None = None
    is_hard: bool = True
    # The kind of session that it is about.
    about: str = "dosing"
    # The keys of those that it is about; empty for every one of that kind.
    only: frozenset[str] = frozenset()

    def counts(self, session: "SessionShape") -> bool:
        """Tell whether the rule is about this session."""
        return session.kind == self.about and (
            not self.only or session.key in self.only
        )


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
    # False: target days matter more than an early finish.
    finishes_early: bool = True

    def in_order(self) -> tuple[tuple["SessionShape", ...], ...]:
        """Return what comes one after another: doses, and what other rules space."""
        others = [rule for rule in self.spacing if rule.about != "dosing"]
        doses = tuple(s for s in self.sessions if s.kind == "dosing")
        spaced = [tuple(s for s in self.sessions if rule.counts(s)) for rule in others]
        return tuple(dict.fromkeys((doses, *spaced)))

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
