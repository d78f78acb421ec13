"""Whether the patient gets from one visit to the next, where they are at two sites."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations

from courses.errors import Refusal
from scheduler.planning.calendar import Calendars, Visit

Placed = tuple[Visit, datetime, datetime]


def refuse_hurry(visits: Iterable[Placed], calendars: Calendars) -> tuple[Refusal, ...]:
    """Return a refusal for each two visits of a day that are too near for the way."""
    ordered = sorted(visits, key=lambda placed: placed[1])
    return tuple(
        _refusal(earlier, later, calendars)
        for earlier, later in combinations(ordered, 2)
        if (way := _way(earlier[0], later[0], calendars))
        and later[1] - earlier[2] < way
        and _day(earlier, calendars) == _day(later, calendars)
    )


def _way(one: Visit, other: Visit, calendars: Calendars) -> timedelta:
    places = calendars.place_of(one), calendars.place_of(other)
    return timedelta(minutes=calendars.travel_between(*places))


def _day(placed: Placed, calendars: Calendars) -> object:
    return placed[1].astimezone(calendars.zone).date()


def _refusal(earlier: Placed, later: Placed, calendars: Calendars) -> Refusal:
    here, there = calendars.place_of(later[0]), calendars.place_of(earlier[0])
    minutes = calendars.travel_between(here, there)
    return Refusal(
        rule="patient.travelling",
        sentence=(
            f"{earlier[0].label} is at {calendars.site_name(there)} and"
            f" {later[0].label} at {calendars.site_name(here)}, and the patient needs"
            f" {minutes} minutes between the sites. Choose another time for one of"
            " them."
        ),
        session=later[0].label,
        at=later[1],
    )
