"""What two sessions of a course have to do with each other, one class per rule.

Every relation judges the distance in days between its two sessions, and some also
look at the clock. A judgment is a packed cost, or None when the rule forbids it.
A planned visit ends on the local day on which it begins, so two sessions can only
meet on the clock when they share a day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.objective import Objective

DAY_MINUTES = 24 * 60
# A day of a clock change is shorter or longer by at most this.
CLOCK_CHANGE = 120
FAR = 10**6
# Before every minute of a line, and after all of them.
NEVER, ENDLESS = -(10**9), 10**9


class Option(NamedTuple):
    """One start a session could have: its day, its minutes on the line, its cost."""

    day: int
    start: int
    end: int
    cost: int


class Domain(Protocol):
    """The starts that one session could have."""

    @property
    def days(self) -> int:
        """Return the days that may have a start, as bits; all others have none."""

    def cheapest(self, day: int) -> Option | None:
        """Return the cheapest start of a day, the earliest of several."""

    def on(self, day: int) -> Iterable[Option]:
        """Return every start of a day, cheapest first."""

    def roughly(self, cut: int) -> NDArray[np.int64]:
        """Return a cost for every day that no start is below, its lowest bits cut."""

    def reach(self, day: int) -> "Reach | None":
        """Return the first and the last start of a day, if it has any."""


class Reach(NamedTuple):
    """The first and the last start of one session on a day."""

    first: Option
    last: Option


class Clear(NamedTuple):
    """Where a rule leaves a start free: ending by one, or beginning at the other."""

    ends_by: int
    begins_from: int


class Gaps(NamedTuple):
    """The distances in days that a relation leaves possible."""

    least: int = -FAR
    most: int = FAR


@dataclass(frozen=True)
class Deviating:
    """What a deviation from a soft rule costs; `slack` is 0 when none is allowed."""

    weights: Mapping[str, int]
    slack: int

    @classmethod
    def of(cls, objective: Objective, slack: int) -> "Deviating":
        """Return what deviations cost under an objective."""
        return cls(objective.weights, slack)

    def cost(self, days: int) -> int:
        """Return the packed cost of one rule broken by so many days."""
        return self.weights["broken_windows"] + self.weights["days_outside"] * days


@dataclass(frozen=True)
class Relation:
    """A rule between an earlier named and a later named session, by their keys."""

    first: str
    second: str
    rule: str
    said: str

    def gaps(self) -> Gaps:
        """Return a range that holds every distance in days that can be allowed."""
        return Gaps()

    def by_day(self, gap: int) -> int | None:
        """Judge the distance in days alone; never more than the whole judgment."""
        return 0

    def is_timed(self, gaps: Gaps) -> bool:
        """Tell whether the clock matters at some distance in this range."""
        return False

    def binds(self, gaps: Gaps) -> bool:
        """Tell whether this rule can matter, when all rules leave only this range.

        A range that ends just where this rule's own does may owe that to this rule.
        """
        return True

    def by_clock(self, first: Option, second: Option) -> int | None:
        """Judge what the days alone don't tell."""
        return 0

    def least_by_clock(self, first: Reach, second: Reach) -> int | None:
        """Judge the clock of the starts that suit this rule best, or of better ones."""
        return 0

    def clear_of(self, other: Option, *, is_second: bool) -> Clear | None:
        """Return where this rule leaves a start free; None if it does more than forbid.

        `other` has its start already; `is_second` tells which one is looked for.
        """
        return None


@dataclass(frozen=True)
class WindowInDays(Relation):
    """The second lies so many days from the first; soft windows may be left.

    A broken window never changes which side of its anchor a session is on.
    """

    target: int
    earliest: int
    latest: int
    is_hard: bool
    deviating: Deviating

    def gaps(self) -> Gaps:
        slack = 0 if self.is_hard else self.deviating.slack
        least, most = self.earliest - slack, self.latest + slack
        if self.earliest >= 0:
            least = max(least, min(self.earliest, 1))
        if self.latest <= 0:
            most = min(most, max(self.latest, -1))
        return Gaps(least, most)

    def by_day(self, gap: int) -> int | None:
        least, most = self.gaps()
        if not least <= gap <= most:
            return None
        cost = self.deviating.weights["off_target"] * abs(gap - self.target)
        outside = max(self.earliest - gap, gap - self.latest, 0)
        return cost + (self.deviating.cost(outside) if outside else 0)


@dataclass(frozen=True)
class WindowInHours(Relation):
    """The second begins so many hours from an edge of the first."""

    target: int
    earliest: int
    latest: int
    is_from_end: bool
    is_hard: bool
    deviating: Deviating

    def _minutes(self) -> tuple[int, int]:
        slack = 0 if self.is_hard else self.deviating.slack * DAY_MINUTES
        least, most = self.earliest * 60 - slack, self.latest * 60 + slack
        if self.earliest >= 0:
            least = max(least, 0)
        if self.latest <= 0:
            most = min(most, 0)
        return least, most

    def gaps(self) -> Gaps:
        least, most = self._minutes()
        return Gaps(least // DAY_MINUTES - 1, -(-most // DAY_MINUTES) + 2)

    def by_day(self, gap: int) -> int | None:
        least, most = self.gaps()
        return 0 if least <= gap <= most else None

    def is_timed(self, gaps: Gaps) -> bool:
        return True

    def by_clock(self, first: Option, second: Option) -> int | None:
        return self._judged(self._away(first, second))

    def least_by_clock(self, first: Reach, second: Reach) -> int | None:
        nearest = self._away(first.last, second.first)
        farthest = self._away(first.first, second.last)
        return self._judged(min(max(self.target * 60, nearest), farthest))

    def _away(self, first: Option, second: Option) -> int:
        return second.start - (first.end if self.is_from_end else first.start)

    def _judged(self, away: int) -> int | None:
        least, most = self._minutes()
        if not least <= away <= most:
            return None
        off = abs(away - self.target * 60) // DAY_MINUTES
        cost = self.deviating.weights["off_target"] * off
        outside = max(self.earliest * 60 - away, away - self.latest * 60, 0)
        days = -(-outside // DAY_MINUTES)
        return cost + (self.deviating.cost(days) if outside else 0)


@dataclass(frozen=True)
class LeastHours(Relation):
    """The second begins at least so many hours after the end of the first; soft."""

    hours: int
    deviating: Deviating

    def gaps(self) -> Gaps:
        minutes = self.hours * 60 - self.deviating.slack * DAY_MINUTES
        return Gaps(minutes // DAY_MINUTES - 1, FAR)

    def by_day(self, gap: int) -> int | None:
        return None if gap < self.gaps().least else 0

    def is_timed(self, gaps: Gaps) -> bool:
        surely = (gaps.least - 1) * DAY_MINUTES - CLOCK_CHANGE
        return surely < self.hours * 60

    def binds(self, gaps: Gaps) -> bool:
        return gaps.least <= self.gaps().least or self.is_timed(gaps)

    def by_clock(self, first: Option, second: Option) -> int | None:
        short = first.end + self.hours * 60 - second.start
        if short <= 0:
            return 0
        days = -(-short // DAY_MINUTES)
        return self.deviating.cost(days) if days <= self.deviating.slack else None

    def least_by_clock(self, first: Reach, second: Reach) -> int | None:
        return self.by_clock(first.first, second.last)

    def clear_of(self, other: Option, *, is_second: bool) -> Clear | None:
        if self.deviating.slack:
            return None
        minutes = self.hours * 60
        if is_second:
            return Clear(NEVER, other.end + minutes)
        return Clear(other.start - minutes, ENDLESS)


@dataclass(frozen=True)
class MostHours(Relation):
    """The second begins at most so many hours after the end of the first."""

    hours: int

    def gaps(self) -> Gaps:
        # From the end of one day to the beginning of another, a day less lies between.
        return Gaps(-FAR, (self.hours * 60 + CLOCK_CHANGE) // DAY_MINUTES + 1)

    def by_day(self, gap: int) -> int | None:
        return None if gap > self.gaps().most else 0

    def is_timed(self, gaps: Gaps) -> bool:
        at_most = (gaps.most + 1) * DAY_MINUTES + CLOCK_CHANGE
        return at_most > self.hours * 60

    def binds(self, gaps: Gaps) -> bool:
        return gaps.most >= self.gaps().most or self.is_timed(gaps)

    def by_clock(self, first: Option, second: Option) -> int | None:
        return 0 if second.start - first.end <= self.hours * 60 else None

    def least_by_clock(self, first: Reach, second: Reach) -> int | None:
        return self.by_clock(first.last, second.first)


@dataclass(frozen=True)
class InOrder(Relation):
    """The second begins when the first has ended, or later."""

    def gaps(self) -> Gaps:
        return Gaps(0, FAR)

    def by_day(self, gap: int) -> int | None:
        return None if gap < 0 else 0

    def is_timed(self, gaps: Gaps) -> bool:
        return gaps.least <= 0 <= gaps.most

    def binds(self, gaps: Gaps) -> bool:
        return gaps.least <= 0

    def by_clock(self, first: Option, second: Option) -> int | None:
        return None if second.start < first.end else 0

    def least_by_clock(self, first: Reach, second: Reach) -> int | None:
        return self.by_clock(first.first, second.last)

    def clear_of(self, other: Option, *, is_second: bool) -> Clear | None:
        return Clear(NEVER, other.end) if is_second else Clear(other.start, ENDLESS)


@dataclass(frozen=True)
class RatherInOrder(Relation):
    """The second should begin when the first has ended; soft.

    A first that comes later on the same day is one day late.
    """

    deviating: Deviating

    def gaps(self) -> Gaps:
        return Gaps(-self.deviating.slack, FAR)

    def by_day(self, gap: int) -> int | None:
        if gap < -self.deviating.slack:
            return None
        return self.deviating.cost(-gap) if gap < 0 else 0

    def is_timed(self, gaps: Gaps) -> bool:
        return gaps.least <= 0 <= gaps.most

    def binds(self, gaps: Gaps) -> bool:
        return gaps.least <= 0

    def by_clock(self, first: Option, second: Option) -> int | None:
        if first.day != second.day or first.end <= second.start:
            return 0
        return self.deviating.cost(1) if self.deviating.slack else None

    def least_by_clock(self, first: Reach, second: Reach) -> int | None:
        return self.by_clock(first.first, second.last)


@dataclass(frozen=True)
class NotTogether(Relation):
    """The two never share a day."""

    def by_day(self, gap: int) -> int | None:
        return None if gap == 0 else 0

    def binds(self, gaps: Gaps) -> bool:
        return gaps.least <= 0 <= gaps.most


@dataclass(frozen=True)
class Apart(Relation):
    """The patient is in one place at a time.

    A tail is how long a claim outlasts the patient's stay, such as turnover, where one
    resource could serve both sessions: the other session waits for that, too.
    """

    first_tail: int = 0
    second_tail: int = 0

    def is_timed(self, gaps: Gaps) -> bool:
        return gaps.least <= 0 <= gaps.most

    def binds(self, gaps: Gaps) -> bool:
        return self.is_timed(gaps)

    def by_clock(self, first: Option, second: Option) -> int | None:
        is_clear = (
            first.end + self.first_tail <= second.start
            or second.end + self.second_tail <= first.start
        )
        return 0 if is_clear else None

    def clear_of(self, other: Option, *, is_second: bool) -> Clear | None:
        mine, theirs = self.second_tail, self.first_tail
        if not is_second:
            mine, theirs = theirs, mine
        return Clear(other.start - mine, other.end + theirs)


@dataclass(frozen=True)
class Spacing(Relation):
    """Two sessions of a kind are at least, or at most, so many days apart."""

    least: int
    most: int
    is_hard: bool
    deviating: Deviating

    def gaps(self) -> Gaps:
        is_kept = self.is_hard or not self.deviating.slack
        return Gaps(self.least, self.most) if is_kept else Gaps()

    def binds(self, gaps: Gaps) -> bool:
        return gaps.least <= self.least or gaps.most >= self.most

    def by_day(self, gap: int) -> int | None:
        outside = max(self.least - gap, gap - self.most, 0)
        if not outside:
            return 0
        if self.is_hard or not self.deviating.slack:
            return None
        return self.deviating.cost(outside)
