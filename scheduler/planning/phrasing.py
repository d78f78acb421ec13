"""What is asked for, in the few words that stand on a chip or in a list."""

from datetime import date

from courses.rules.shapes import SessionShape
from courses.rules.wording import counted
from scheduler.planning.advising import demanded_text
from scheduler.planning.changes import (
    DEMANDING,
    Change,
    instant,
    party_and_resource,
    session_of,
    sides,
)
from scheduler.planning.problem import CourseProblem, Demand
from scheduler.planning.wording import clock_text, day_text

_FIRST = {
    "finish_day": "Finished as early as can be",
    "trips": "With as few trips as can be",
}
_CLOSER = {
    "minimum_gap": "Doses {days} closer together",
    "most_in_days": "Doses counted in {days} less",
    "longest_span": "Doses over {days} more",
}


def phrase(problem: CourseProblem, change: Change) -> str:
    """Return the change as "Infusion 2: on Tue, Mar 3" or "With Dr. B throughout"."""
    session = session_of(problem.course, change.about) if change.about else None
    if change.kind in DEMANDING:
        about = session.label if session else "All visits"
        return f"{about}: {_demanded(problem, change)}"
    if session is not None:
        return _eased(session, change)
    if change.kind == "closer":
        said = _CLOSER.get(change.about, "Spacing {days} eased")
        return said.format(days=counted(int(change.value), "day"))
    if change.kind == "first":
        return _FIRST.get(change.value, change.value)
    return _other(problem, change)


def _demanded(problem: CourseProblem, change: Change) -> str:
    if change.kind == "on":
        return f"on {day_text(date.fromisoformat(change.value))}"
    if change.kind == "at":
        local = instant(change.value).astimezone(problem.calendars.zone)
        return f"at {clock_text(local)} on {day_text(local.date())}"
    if change.kind == "off":
        return f"not on {day_text(date.fromisoformat(change.value))}"
    if change.kind == "weekday_off":
        return f"never on {_weekday(change.value)}s"
    party, one = party_and_resource(
        change.value if "=" in change.value else f"={change.value}"
    )
    if change.kind == "served":
        return demanded_text(problem, Demand(serving={party: one}), "serving")
    demand = Demand(not_served_by=frozenset({one}))
    return demanded_text(problem, demand, "not_served_by")


def _weekday(text: str) -> str:
    # The first of January of the year 1 was a Monday.
    return f"{date(1, 1, 1 + int(text)):%A}"


def _eased(session: SessionShape, change: Change) -> str:
    if change.kind == "wider":
        early, late = sides(change.value)
        side = "earlier" if early else "later"
        return f"{session.label}: up to {counted(early or late, 'day')} {side}"
    if change.kind == "dosing_day":
        return f"{session.label}: may be on the day of a dose"
    return f"{session.label}: as free as its rules allow"


def _other(problem: CourseProblem, change: Change) -> str:
    if change.kind == "led":
        _, one = party_and_resource(f"={change.value}")
        known = problem.calendars.by_id.get(one)
        return f"With {known.name if known else 'somebody else'} throughout"
    if change.kind == "begin":
        return f"Begins on or after {day_text(date.fromisoformat(change.value))}"
    if change.kind == "hours":
        return "In the afternoons" if change.value.endswith("-") else "In the mornings"
    if change.kind == "within":
        return f"May begin up to {change.value} days later"
    if change.kind == "anybody":
        return f"Another {change.about} may serve some visits"
    return change.text
