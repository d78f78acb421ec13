"""What a change would do to a course, as values to show, to hand over and to commit."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from courses.errors import Refusal
from scheduler.planning.objective import Cost
from scheduler.ripples.changes import Change
from scheduler.ripples.standing import Place

KEPT, MOVED, RESTAFFED = "kept", "moved", "restaffed"
PLACED, CANCELLED, RELEASED = "placed", "cancelled", "released"
# A dose that no assessment clears yet is held for so long.
HOLD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class VisitChange:
    """One session before and after; `before` or `after` is None where it has no time.

    `status` is what its appointment is or will be. A session without an appointment
    has no id and no revision yet. `why` says why it is where it is, or why it is gone.
    """

    key: str
    label: str
    position: int
    status: str
    before: Place | None
    after: Place | None
    appointment_id: UUID | None = None
    revision: int = 0
    may_move: bool = True
    is_released: bool = False
    kind: str = ""
    why: str = ""

    @property
    def outcome(self) -> str:
        """Return in one word what becomes of the visit."""
        if self.after is None:
            return RELEASED if self.is_released else CANCELLED
        if self.before is None:
            return PLACED
        if not self.before.is_when_and_where(self.after):
            return MOVED
        return KEPT if self.before.serving == self.after.serving else RESTAFFED


@dataclass(frozen=True, slots=True)
class Message:
    """One message that would go: `kind` as notifications count them.

    Without a recipient nothing goes, and somebody should call the patient.
    """

    kind: str
    label: str
    recipient: str
    is_update: bool = False


@dataclass(frozen=True)
class Ripple:
    """What was looked at, and what it would make of it: all that a commit needs.

    `statuses` has what each session is by its position and label, once the change is
    made, and `rules` is a digest of what the course is planned by then. `broken` are
    the sentences of the rules that it breaks anew.
    """

    ripple_id: UUID
    course_id: UUID
    site_id: int
    change: Change
    visits: tuple[VisitChange, ...]
    statuses: Mapping[str, str]
    rules: str
    broken: tuple[str, ...]
    read_at: datetime

    def of(self, *outcomes: str) -> tuple[VisitChange, ...]:
        """Return the visits of which one of these becomes."""
        return tuple(visit for visit in self.visits if visit.outcome in outcomes)

    @property
    def fingerprint(self) -> str:
        """Return a short digest of the change and of everything it would do."""
        told = json.dumps(
            [
                str(self.course_id),
                self.site_id,
                repr(self.change),
                [_line(visit) for visit in self.visits],
                sorted(self.broken),
            ]
        )
        return hashlib.sha256(told.encode()).hexdigest()[:24]


def _line(visit: VisitChange) -> list[object]:
    return [
        visit.label,
        visit.position,
        visit.revision,
        visit.outcome,
        visit.after
        and [
            visit.after.starts_at.isoformat(),
            visit.after.site_id,
            sorted((party, str(who)) for party, who in visit.after.serving.items()),
        ],
    ]


@dataclass(frozen=True, slots=True)
class Alone:
    """What moving only the one visit would break, or the sentence of what bars it."""

    broken: tuple[Refusal, ...] = ()
    barred: str = ""


@dataclass(frozen=True)
class RippleDiff:
    """A ripple with all that somebody wants to know before agreeing to it.

    `not_cleared` are doses that no assessment clears on their new day: until one does,
    the ripple can't be committed. `alone` is None where no visit is moved by hand, or
    nobody could serve it then. `moves_earlier` says that visits before the
    change had to move as well. `findings` are what the change asks somebody to do;
    `left_out` and `added` name the sessions that it takes from or gives to the course.
    """

    ripple: Ripple
    cost: Cost
    findings: tuple[Refusal, ...] = ()
    left_out: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    broken: tuple[Refusal, ...] = ()
    messages: tuple[Message, ...] = ()
    not_cleared: tuple[Refusal, ...] = ()
    alone: Alone | None = None
    moves_earlier: bool = False

    @property
    def kept(self) -> tuple[VisitChange, ...]:
        """Return the visits that stay exactly as they are."""
        return self.ripple.of(KEPT)

    @property
    def moved(self) -> tuple[VisitChange, ...]:
        """Return the visits that get another time or place."""
        return self.ripple.of(MOVED)

    @property
    def restaffed(self) -> tuple[VisitChange, ...]:
        """Return the visits that keep their time and are served by others."""
        return self.ripple.of(RESTAFFED)

    @property
    def placed(self) -> tuple[VisitChange, ...]:
        """Return the visits that get their first time."""
        return self.ripple.of(PLACED)

    @property
    def cancelled(self) -> tuple[VisitChange, ...]:
        """Return the visits whose session the course no longer wants."""
        return self.ripple.of(CANCELLED)

    @property
    def released(self) -> tuple[VisitChange, ...]:
        """Return the visits that lose their time while the course is on hold."""
        return self.ripple.of(RELEASED)

    @property
    def changes_nothing(self) -> bool:
        """Tell whether every visit stays as it is."""
        return len(self.kept) == len(self.ripple.visits)


@dataclass(frozen=True)
class NoRipple:
    """The change can't carry the rest along: why, and what can be done instead."""

    refusals: tuple[Refusal, ...]
    findings: tuple[Refusal, ...] = ()
    alone: Alone | None = None
