"""How times are written in sentences: the site's wall time, short and unmistakable."""

from collections.abc import Sequence
from datetime import date, datetime

from courses.rules.wording import counted
from scheduler.planning.timeline import Timeline


def day_text(on: date) -> str:
    """Return a date as "Tue, Mar 3"."""
    return f"{on:%a, %b} {on.day}"


def clock_text(local: datetime) -> str:
    """Return a wall time as "09:30"."""
    return f"{local:%H:%M}"


def span_text(line: Timeline, begin: int, end: int) -> str:
    """Return a span of minutes as "from 09:30 to 11:00 on Tue, Mar 3"."""
    first, last = line.local(begin), line.local(end)
    times = f"from {clock_text(first)} to {clock_text(last)}"
    return f"{times} on {day_text(first.date())}"


def days_text(gap: int, anchor: str) -> str:
    """Return a distance as "2 days after Dose 1"."""
    if gap == 0:
        return f"the day of {anchor}"
    side = "after" if gap > 0 else "before"
    return f"{counted(abs(gap), 'day')} {side} {anchor}"


def between_text(first: date, last: date) -> str:
    """Return days as "between Tue, Mar 3 and Thu, Mar 5, 2026"."""
    if first >= last:
        return f"on {day_text(first)}, {first.year}"
    year = f", {first.year}" if first.year != last.year else ""
    return f"between {day_text(first)}{year} and {day_text(last)}, {last.year}"


def listed(names: Sequence[str]) -> str:
    """Return "A", "A and B" or "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def on_days_text(days: Sequence[date], among: Sequence[date]) -> str:
    """Return "on Tue, Mar 3 and Wed, Mar 4", or shorter for many days in a row.

    `among` has all the days that are spoken of, in order.
    """
    if len(days) == len(among) > 1:
        return "on each of these days"
    if len(days) <= 3:
        return f"on {listed([day_text(day) for day in days])}"
    weekdays = sorted({day.weekday() for day in days})
    alike = [day for day in among if day.weekday() in weekdays]
    if len(alike) == len(days) and len(weekdays) < 5:
        return f"on every {listed([f'{_some_day(day):%A}' for day in weekdays])}"
    first, last = among.index(days[0]), among.index(days[-1])
    if last - first + 1 == len(days):
        return f"from {day_text(days[0])} to {day_text(days[-1])}"
    return f"on {len(days)} days such as {day_text(days[0])}"


def _some_day(weekday: int) -> date:
    # The first of January of the year 1 was a Monday.
    return date(1, 1, 1 + weekday)
