"""What is read in bulk for a plan is what the rows say, to the minute."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from scheduler.availability import read_calendars
from scheduler.calendar_rows import ResourceRow
from scheduler.models import Claim, Resource, Site
from scheduler.opening_hours import OpeningHours
from scheduler.planning.calendar import Busy, Span
from scheduler.planning.timeline import Timeline, first_instant_at
from tests.builders import (
    a_course,
    a_nurse,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    an_infusion,
    at,
)

MINUTE = timedelta(minutes=1)


def read_busy(site: Site, resource: Resource) -> list[Busy]:
    calendars = read_calendars(site=site, from_at=at(0), until_at=at(0, day=40))
    return sorted(calendars.by_id[resource.pk].busy)


def claimed(resource: Resource, unit: int, begin: datetime, end: datetime) -> Busy:
    """A live claim on the resource, and what a plan should see of it."""
    session = a_session(a_course(a_patient(f"P{begin:%d%H%M%S}")), an_infusion())
    appointment = an_appointment(session, starts_at=begin)
    Claim.objects.create(
        appointment=appointment,
        resource=resource,
        unit=unit,
        party="nurse",
        starts_at=begin,
        ends_at=end,
    )
    return Busy(unit, begin, end)


@pytest.mark.django_db
def test_every_claim_is_read_with_its_unit_and_its_minutes() -> None:
    site = a_site()
    nurse = a_nurse(site)
    expected = [
        claimed(nurse, day % 2, at(9, 5 * day, day=day), at(11, 3 * day, day=day))
        for day in range(8)
    ]

    assert read_busy(site, nurse) == sorted(expected)


@pytest.mark.django_db
@pytest.mark.parametrize("part", [timedelta(seconds=20), timedelta(microseconds=7)])
def test_a_claim_with_parts_of_a_minute_is_held_to_whole_minutes_around_it(
    part: timedelta,
) -> None:
    site = a_site()
    nurse = a_nurse(site)
    whole = claimed(nurse, 0, at(9, day=1), at(10, day=1))
    claimed(nurse, 1, at(9, day=2) + part, at(10, day=2) + part)

    assert read_busy(site, nurse) == [
        whole,
        Busy(1, at(9, day=2), at(10, day=2) + MINUTE),
    ]


@pytest.mark.parametrize("first_on", [date(2026, 3, 2), date(2026, 10, 26)])
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
def test_hours_are_the_wall_time_of_every_day_also_when_clocks_change(
    zone: str, first_on: date
) -> None:
    random = Random(f"{zone} {first_on}")
    line = Timeline(ZoneInfo(zone), first_on, first_on + timedelta(days=60))
    for _ in range(30):
        row = hours(
            weekday=random.randrange(7),
            opens=time(random.randrange(0, 4), random.choice((0, 15, 30))),
            closes=time(random.randrange(2, 24), random.choice((0, 59))),
            first=random.choice((None, first_on + timedelta(days=9))),
            last=random.choice((None, first_on + timedelta(days=40))),
        )

        assert list(OpeningHours(line).of([row])) == expanded(line, row)


def hours(
    *, weekday: int, opens: time, closes: time, first: date | None, last: date | None
) -> ResourceRow:
    nobody = Resource().pk
    return ResourceRow(
        nobody, "", "person", 1, "", "", weekday, opens, closes, first, last, 1
    )


def expanded(line: Timeline, row: ResourceRow) -> list[Span]:
    """The plain way: day by day."""
    assert row.opens is not None
    assert row.closes is not None
    spans = []
    for number in range(line.days):
        on = line.date_of(number)
        if on.weekday() != row.weekday or (row.first and on < row.first):
            continue
        if row.last and on > row.last:
            continue
        begin = first_instant_at(line.zone, on, row.opens)
        end = first_instant_at(line.zone, on, row.closes)
        if begin < end:
            spans.append(Span(begin, end))
    return spans
