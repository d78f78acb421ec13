"""Weekly opening hours, expanded over the days of a timeline."""

from collections.abc import Iterable
from datetime import date, time
from typing import NamedTuple

import numpy as np

from scheduler.calendar_rows import ResourceRow
from scheduler.planning.spans import Minutes, Spans, floor_minute
from scheduler.planning.timeline import Timeline

DAY_MINUTES = 24 * 60


class _Hours(NamedTuple):
    weekday: int
    opens: time
    closes: time
    first: date | None
    last: date | None


class OpeningHours:
    """Expands rows of hours; resources that keep the same hours share the work."""

    def __init__(self, line: Timeline) -> None:
        self._line = line
        self._first = floor_minute(line.starts_at)
        starts = np.array(line.day_starts, dtype=np.int64)
        self._starts = starts[:-1]
        self._is_even = np.diff(starts) == DAY_MINUTES
        self._weekdays = (line.first_on.weekday() + np.arange(line.days)) % 7
        self._known: dict[object, Spans] = {}

    def of(self, rows: Iterable[ResourceRow]) -> Spans:
        """Return when a resource is open, by its rows of hours."""
        hours = tuple(
            _Hours(row.weekday, row.opens, row.closes, row.first, row.last)
            for row in rows
            if row.weekday is not None
            and row.opens is not None
            and row.closes is not None
        )
        if hours not in self._known:
            spans = [self._expanded(each) for each in hours]
            begins = [begin for begin, _ in spans]
            ends = [end for _, end in spans]
            nothing = np.zeros(0, dtype=np.int64)
            self._known[hours] = Spans(
                np.concatenate([nothing, *begins]), np.concatenate([nothing, *ends])
            )
        return self._known[hours]

    def _expanded(self, hours: "_Hours") -> tuple[Minutes, Minutes]:
        days = np.flatnonzero(self._weekdays == hours.weekday)
        if hours.first is not None:
            days = days[days >= self._line.day_number(hours.first)]
        if hours.last is not None:
            days = days[days <= self._line.day_number(hours.last)]
        begins, ends = self._at(days, hours.opens), self._at(days, hours.closes)
        # Only whole minutes count as open.
        begins = begins + (hours.opens.second > 0)
        some = begins < ends
        return begins[some], ends[some]

    def _at(self, days: Minutes, wall: time) -> Minutes:
        """Return the minutes since the epoch at which these days' clocks show a time.

        A time with seconds means the minute that holds it.
        """
        at = self._starts[days] + wall.hour * 60 + wall.minute
        for place in np.flatnonzero(~self._is_even[days]):
            on = self._line.date_of(int(days[place]))
            at[place] = self._line.minute_at(on, wall)
        return self._first + at
