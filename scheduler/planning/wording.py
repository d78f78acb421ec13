"""How times are written in sentences: the site's wall time, short and unmistakable."""

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
