"""Plausible instants for the demo's history, all of them on or before now."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduler.models import Site
from scheduler.planning.timeline import first_instant_at

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

FIRST_START = time(8)
LAST_START = time(15)
PREFERRED_HOURS = 5


@dataclass(frozen=True, slots=True)
class Moments:
    """Days counted from today and times of day, for one site."""

    site: Site
    now: datetime

    @property
    def today(self) -> date:
        """Return the local day that it is at the site."""
        return self.now.astimezone(self.site.zone).date()

    def day(self, days: int) -> date:
        """Return the local day so many days from today."""
        return self.today + days * DAY

    def at(self, on: date, wall: time) -> datetime:
        """Return the instant of a wall time on a day."""
        return first_instant_at(self.site.zone, on, wall)

    def at_the_desk(self, on: date, number: int) -> datetime:
        """Return when the desk did something that day, but never later than now."""
        wall = time(9 + number * 5 % 8, number * 13 % 60)
        return min(self.at(on, wall), self.now - (5 + number % 40) * MINUTE)

    def preferred_start(self, around: int) -> time:
        """Return the wall time so many minutes from now, within the day's starts."""
        wanted = (self.now + around * MINUTE).astimezone(self.site.zone)
        is_another_day = wanted.date() != self.today
        if is_another_day:
            return FIRST_START if around < 0 else LAST_START
        wall = time(wanted.hour, wanted.minute // 15 * 15)
        return min(max(wall, FIRST_START), LAST_START)

    def preferred_end(self, around: int) -> time:
        """Return the wall time until which a visit that prefers that start may last."""
        return self.preferred_start(around).replace(
            hour=self.preferred_start(around).hour + PREFERRED_HOURS
        )
