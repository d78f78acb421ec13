"""What somebody wants to change about a running course, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from courses.rules.dose_interval import DoseInterval


@dataclass(frozen=True, slots=True)
class Move:
    """One visit goes to another time, and perhaps to other people.

    Visits before it stay where they are unless `earlier_too`. Sessions that wait for a
    time get one with `fills`. With a reason, somebody who may leaves a hard window.
    """

    appointment_id: UUID
    starts_at: datetime
    serving: Mapping[str, UUID] = field(default_factory=dict)
    override_reason: str = ""
    earlier_too: bool = False
    fills: bool = True


@dataclass(frozen=True, slots=True)
class Replace:
    """Everything that may still move is placed from what actually happened."""


@dataclass(frozen=True, slots=True)
class Omit:
    """A session is left out, with what makes no sense without it.

    With `leaves_rest` every other visit stays where it is.
    """

    session_id: UUID
    reason: str
    leaves_rest: bool = False


@dataclass(frozen=True, slots=True)
class Add:
    """A session is added; the id is chosen beforehand, so that it is added once.

    It lies between the two days, or so many days after another session.
    """

    session_id: UUID
    visit_type_id: int
    label: str
    earliest_on: date | None = None
    latest_on: date | None = None
    target_on: date | None = None
    pair_of: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """The course waits: its visits to come lose their times."""

    reason: str
    review_on: date


@dataclass(frozen=True, slots=True)
class Resume:
    """The course goes on from that day, and its waiting sessions get times."""

    from_on: date


@dataclass(frozen=True, slots=True)
class Extend:
    """So many doses more; `seen` is how many there were when somebody chose."""

    doses: int
    seen: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shorten:
    """So many doses less, from the last one on. With `leaves_rest` the others stay."""

    doses: int
    seen: int
    reason: str
    leaves_rest: bool = False


@dataclass(frozen=True, slots=True)
class SpaceDoses:
    """So many days from dose to dose by somebody's order; None: the protocol's own."""

    interval: DoseInterval | None
    source: str = ""


Change = Move | Replace | Omit | Add | Hold | Resume | Extend | Shorten | SpaceDoses


def override_reason_of(change: Change) -> str:
    """Return the reason that was given for leaving a hard window, if one was."""
    return change.override_reason.strip() if isinstance(change, Move) else ""


def leaves_rest(change: Change) -> bool:
    """Tell whether nothing moves but what the change itself is about."""
    return isinstance(change, Omit | Shorten) and change.leaves_rest
