"""A stretch of a site's days as one line of minutes.

Every minute that passes is one step on the line, so a day of a clock change simply
has 23 or 25 hours. Wall time is used only to find where each local day begins.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def first_instant_at(zone: ZoneInfo, day: date, wall: time) -> datetime:
    """Return the first instant of the day at which the clock shows this time or later.

    A repeated time means its first pass. A skipped time means the instant at which
    the clock jumps over it.
    """
    instant = datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, wall):
        return instant
    return _jump_before(zone, instant)


@lru_cache(maxsize=8192)
def _midnight(zone: ZoneInfo, day: date) -> datetime:
    return first_instant_at(zone, day, time.min)


def _jump_before(zone: ZoneInfo, instant: datetime) -> datetime:
    # A skipped time read with the offset before the jump lies after the jump, by less
    # than the length of the jump; so walk back to the first minute of the new offset.
    offset = instant.astimezone(zone).utcoffset()
    while (instant - MINUTE).astimezone(zone).utcoffset() == offset:
        instant -= MINUTE
    return instant


@dataclass(frozen=True)
class Timeline:
    """The local days from `first_on` to `last_on`, both included."""

    zone: ZoneInfo
    first_on: date
    last_on: date

    @cached_property
    def starts_at(self) -> datetime:
        """Return the instant at which the first day begins."""
        return first_instant_at(self.zone, self.first_on, time.min)

    @cached_property
    def day_starts(self) -> tuple[int, ...]:
        """Return the minute at which each day begins, and where the last one ends."""
        days = (self.last_on - self.first_on).days + 2
        return tuple(
            self.floor(_midnight(self.zone, self.first_on + DAY * number))
            for number in range(days)
        )

    @cached_property
    def lengths_of_days(self) -> frozenset[int]:
        """Return how many minutes days have; clock changes make a few lengths."""
        return frozenset(end - begin for begin, end in pairwise(self.day_starts))

    @property
    def minutes(self) -> int:
        """Return the length of the line."""
        return self.day_starts[-1]

    @property
    def days(self) -> int:
        """Return how many local days the line has."""
        return len(self.day_starts) - 1

    def floor(self, instant: datetime) -> int:
        """Return the minute that holds the instant; it may lie off the line."""
        return (instant - self.starts_at) // MINUTE

    def ceil(self, instant: datetime) -> int:
        """Return the first minute that begins at the instant or after it."""
        return -((self.starts_at - instant) // MINUTE)

    def instant(self, minute: int) -> datetime:
        """Return the instant, in UTC, at which the minute begins."""
        return self.starts_at + MINUTE * minute

    def local(self, minute: int) -> datetime:
        """Return the wall time at which the minute begins."""
        return self.instant(minute).astimezone(self.zone)

    def day_of(self, minute: int) -> int:
        """Return the number of the local day that holds the minute."""
        return bisect_right(self.day_starts, minute) - 1

    def date_of(self, day: int) -> date:
        """Return the date of a day by its number."""
        return self.first_on + DAY * day

    def day_number(self, on: date) -> int:
        """Return the number of a date; it may lie off the line."""
        return (on - self.first_on).days

    def minute_at(self, on: date, wall: time) -> int:
        """Return the minute at which the day's clock shows this time or later."""
        return self.floor(first_instant_at(self.zone, on, wall))
