"""What we send and publish means the same to ical.js, around both clock changes.

It knows no time zones but those that travel in the calendar, as phones far from us.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, Page

from scheduler.actions.issue_calendar_feed import issue_calendar_feed
from scheduler.demo.roster import ZONES as DEMO_ZONES
from scheduler.models import Appointment
from tests.builders import (
    DESK,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    a_site,
    a_therapist,
    an_appointment,
    working_hours,
)
from tests.notifications.scenes import a_booking, cancel, move, tell

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
LIBRARY = (HERE / "vendor" / "ical.min.js").read_text()
READ = (HERE / "read_calendar.js").read_text()

ZONES = [zone for pair in DEMO_ZONES for zone in pair]
YEAR = 2026
A_MOMENT, AN_HOUR, A_DAY = (timedelta(minutes=3), timedelta(hours=1), timedelta(days=1))


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """An empty page that reaches nothing but what the test hands it."""
    context = chromium.new_context(offline=True)
    yield context.new_page()
    context.close()


def read(reader: Page, calendar: bytes) -> list[dict[str, Any]]:
    found = reader.evaluate(READ, [LIBRARY, calendar.decode()])
    assert isinstance(found, list)
    return found


def days_of_change(zone: ZoneInfo) -> list[date]:
    """The days of that year that are longer or shorter than others."""
    midnights = [
        datetime(YEAR, 1, 1, tzinfo=zone) + number * A_DAY for number in range(365)
    ]
    return [
        midnight.date()
        for midnight in midnights
        if midnight.utcoffset() != (midnight + A_DAY).utcoffset()
    ]


def a_clinic_that_never_closes(zone: str) -> Clinic:
    clinic = a_clinic(zone=zone)
    for resource in (*clinic.rooms, clinic.therapist):
        resource.working_hours.all().delete()
        working_hours(resource, weekdays=range(7), opens=time(0), closes=time(23))
    return clinic


def sent_calendar() -> bytes:
    """The calendar of the one mail that has just left."""
    (letter,) = mail.outbox
    mail.outbox.clear()
    (part,) = (
        part
        for part in letter.message().walk()
        if part.get_content_type() == "text/calendar"
    )
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def as_told(appointment: Appointment, method: str) -> dict[str, object]:
    """What a reader must find, from the row as the database has it."""
    appointment.refresh_from_db()
    return {
        "method": method,
        "uid": appointment.uid,
        "sequence": appointment.sequence,
        "status": "CONFIRMED" if method == "REQUEST" else "CANCELLED",
        "organizer": "mailto:appointments@clinic.example",
        "attendee": f"mailto:{appointment.patient.email}",
        "starts": appointment.starts_at.timestamp(),
        "ends": appointment.ends_at.timestamp(),
    }


@pytest.mark.parametrize("zone", ZONES)
def test_invites_around_a_clock_change_show_the_time_in_the_database(
    zone: str, reader: Page
) -> None:
    clinic = a_clinic_that_never_closes(zone)
    for day in days_of_change(clinic.site.zone):
        midnight = datetime.combine(day, time(), tzinfo=clinic.site.zone)
        now = midnight - 20 * A_DAY
        night = [midnight.astimezone(UTC) + hour * AN_HOUR for hour in range(5)]
        mornings = [midnight + days * A_DAY + 9 * AN_HOUR for days in (-1, 0, 1)]
        times = [mornings[0], *night, *mornings[1:]]
        visit = a_booking(
            clinic=clinic, patient=a_patient(), starts_at=times[0], now=now
        )
        tell(now + A_MOMENT)
        assert read(reader, sent_calendar()) == [as_told(visit, "REQUEST")]
        for hours, starts_at in enumerate(times[1:], start=1):
            then = now + hours * AN_HOUR
            move(visit, starts_at, then)
            tell(then + A_MOMENT)
            assert read(reader, sent_calendar()) == [as_told(visit, "REQUEST")]
            assert visit.starts_at == starts_at
        then = now + A_DAY
        cancel(visit, then)
        tell(then + A_MOMENT)
        assert read(reader, sent_calendar()) == [as_told(visit, "CANCEL")]


def test_a_feed_of_two_zones_shows_the_times_in_the_database(reader: Page) -> None:
    therapist = a_therapist(a_site(zone=ZONES[0]))
    visits = {}
    for zone in ZONES[:2]:
        site = a_site(zone=zone)
        for day in days_of_change(site.zone):
            for days, hour in ((-1, 9), (0, 4), (1, 9)):
                starts_at = datetime.combine(day, time(hour), tzinfo=site.zone)
                visit = an_appointment(
                    a_session(a_course(a_patient(email=f"{zone}@{day}.example"))),
                    site=site,
                    starts_at=starts_at + days * A_DAY,
                    minutes=60,
                    claims=[(therapist, 0)],
                )
                visits[visit.starts_at.timestamp()] = visit
    assert therapist.clinician is not None
    now = datetime(YEAR, 2, 1, tzinfo=UTC)
    issued = issue_calendar_feed(clinician=therapist.clinician, actor=DESK, now=now)
    with time_machine.travel(now, tick=False):
        answer = Client().get(f"/ical/{issued.token}.ics")
    entries = read(reader, answer.content)
    assert [entry["starts"] for entry in entries] == sorted(visits)
    for entry in entries:
        visit = visits[entry["starts"]]
        assert entry["ends"] == visit.ends_at.timestamp()
