"""A clinician's feed at its secret address, as calendar programs poll it."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from icalendar import Calendar, Event
from pytest_django import DjangoAssertNumQueries

from courses.models import Clinician
from scheduler.actions.issue_calendar_feed import issue_calendar_feed
from scheduler.actions.revoke_calendar_feed import revoke_calendar_feed
from scheduler.models import Appointment, CalendarFeed, Claim, Resource
from tests.builders import (
    DESK,
    NOW,
    a_course,
    a_nurse,
    a_patient,
    a_prescriber,
    a_session,
    a_site,
    an_appointment,
    at,
)
from tests.notifications.scenes import a_booking, cancel, move
from tests.scheduler.calendars.lint import complaints

pytestmark = pytest.mark.django_db
FETCHED_AT = NOW + timedelta(hours=1)


def issue(clinician: Clinician) -> str:
    issued = issue_calendar_feed(clinician=clinician, actor=DESK, now=NOW)
    return f"/ical/{issued.token}.ics"


def therapist_of(appointment: Appointment) -> Clinician:
    clinician = appointment.session.course.therapist
    assert clinician is not None
    return clinician


def fetch(
    path: str,
    headers: dict[str, str] | None = None,
    *,
    when: datetime = FETCHED_AT,
) -> HttpResponse:
    with time_machine.travel(when, tick=False):
        response = Client().get(path, headers=headers)
    assert isinstance(response, HttpResponse)
    return response


def events(response: HttpResponse) -> list[Event]:
    assert response.status_code == 200
    calendar = Calendar.from_ical(response.content)
    assert isinstance(calendar, Calendar)
    return calendar.events


def test_the_feed_shows_the_clinicians_appointments_without_names() -> None:
    appointment = a_booking()
    response = fetch(issue(therapist_of(appointment)))
    (event,) = events(response)
    assert (event.start, event.end) == (appointment.starts_at, appointment.ends_at)
    assert event["SUMMARY"] == f"AV {appointment.session.label}"
    assert str(event["URL"]).endswith(f"/appointments/{appointment.pk}/")
    assert b"Vega" not in response.content
    assert appointment.uid not in response.content.decode()
    found = complaints(response.content, method=None)
    assert [each for each in found if "banned" not in each] == []


def test_another_clinicians_appointments_are_not_in_it() -> None:
    a_booking()
    other = a_nurse(a_site()).clinician
    assert other is not None
    assert events(fetch(issue(other))) == []


def test_a_move_and_a_cancellation_are_seen() -> None:
    appointment = a_booking()
    path = issue(therapist_of(appointment))
    move(appointment, at(14, day=2), NOW)
    (event,) = events(fetch(path))
    assert (event.start, event["SEQUENCE"]) == (at(14, day=2), 1)
    cancel(appointment, NOW)
    assert events(fetch(path)) == []


def test_claims_that_follow_one_another_are_one_entry() -> None:
    nurse = a_nurse(a_site())
    an_appointment(site=nurse.site, claims=[(nurse, 0), (nurse, 1)])
    assert nurse.clinician is not None
    assert len(events(fetch(issue(nurse.clinician)))) == 1


def an_infusion_with(prescriber: Resource, *spans: tuple[int, int]) -> None:
    """Spans are the first and last minute of each claim, counted from nine."""
    session = a_session()
    session.label = "Infusion 3"
    session.save()
    visit = an_appointment(session, site=prescriber.site)
    for first, last in spans:
        Claim.objects.create(
            appointment=visit,
            resource=prescriber,
            unit=0,
            party="prescriber",
            starts_at=visit.starts_at + timedelta(minutes=first),
            ends_at=visit.starts_at + timedelta(minutes=last),
            is_live=True,
        )


def titles_for(resource: Resource) -> list[str]:
    assert resource.clinician is not None
    return [str(event["SUMMARY"]) for event in events(fetch(issue(resource.clinician)))]


def test_a_prescriber_sees_the_start_and_the_release_as_two_entries() -> None:
    prescriber = a_prescriber(a_site())
    an_infusion_with(prescriber, (20, 30), (125, 130))
    assert titles_for(prescriber) == ["AV Infusion 3, start", "AV Infusion 3, release"]


@pytest.mark.parametrize(("gap", "number"), [(15, 1), (16, 2)])
def test_a_break_too_short_to_use_is_not_shown_as_free(gap: int, number: int) -> None:
    prescriber = a_prescriber(a_site())
    an_infusion_with(prescriber, (0, 20), (20 + gap, 60))
    assert len(titles_for(prescriber)) == number


def test_a_hold_is_tentative() -> None:
    nurse = a_nurse(a_site())
    an_appointment(site=nurse.site, claims=[(nurse, 0)], status="held")
    assert nurse.clinician is not None
    (event,) = events(fetch(issue(nurse.clinician)))
    assert event["STATUS"] == "TENTATIVE"


@pytest.mark.parametrize(("day", "is_in"), [(-31, False), (-29, True), (364, True)])
def test_the_window_reaches_a_month_back_and_a_year_ahead(
    day: int, is_in: bool
) -> None:
    nurse = a_nurse(a_site())
    an_appointment(site=nurse.site, starts_at=at(9, day=day), claims=[(nurse, 0)])
    assert nurse.clinician is not None
    assert bool(events(fetch(issue(nurse.clinician)))) is is_in


def test_the_same_appointments_are_the_same_bytes() -> None:
    path = issue(therapist_of(a_booking()))
    first, second = fetch(path), fetch(path, when=FETCHED_AT + timedelta(hours=2))
    assert first.content == second.content
    assert first["ETag"] == second["ETag"]
    assert first["Last-Modified"] == second["Last-Modified"]


def test_a_program_that_has_the_bytes_is_told_so() -> None:
    path = issue(therapist_of(a_booking()))
    first = fetch(path)
    again = fetch(path, {"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]


def test_a_program_that_asks_by_date_is_told_of_what_has_left() -> None:
    appointment = a_booking()
    path = issue(therapist_of(appointment))
    first = fetch(path)
    asked = {"If-Modified-Since": first["Last-Modified"]}
    assert fetch(path, asked).status_code == 304
    cancel(appointment, FETCHED_AT + timedelta(minutes=1))
    response = fetch(path, asked, when=FETCHED_AT + timedelta(minutes=2))
    assert events(response) == []


def test_a_change_of_this_very_second_gives_no_date() -> None:
    appointment = a_booking()
    path = issue(therapist_of(appointment))
    move(appointment, at(14, day=2), FETCHED_AT)
    response = fetch(path)
    assert not response.has_header("Last-Modified")
    assert response.has_header("ETag")


def test_head_is_get_without_the_body() -> None:
    path = issue(therapist_of(a_booking()))
    with time_machine.travel(FETCHED_AT, tick=False):
        got, head = Client().get(path), Client().head(path)
    assert head.content == b""
    assert head["Content-Length"] == str(len(got.content))
    assert head["ETag"] == got["ETag"]


def test_headers_keep_the_feed_private_and_plain() -> None:
    path = issue(therapist_of(a_booking()))
    response = fetch(path, {"Accept-Encoding": "gzip"})
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "private, max-age=300"
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.has_header("Content-Encoding")
    assert not response.has_header("Set-Cookie")
    assert "Cookie" not in response.get("Vary", "")


def test_posting_is_not_an_answer() -> None:
    path = issue(therapist_of(a_booking()))
    assert Client().post(path).status_code == 405


def test_a_guess_finds_nothing() -> None:
    issue(therapist_of(a_booking()))
    assert fetch("/ical/guess.ics").status_code == 404


def test_only_a_hash_of_the_token_is_kept() -> None:
    clinician = therapist_of(a_booking())
    issued = issue_calendar_feed(clinician=clinician, actor=DESK, now=NOW)
    kept = CalendarFeed.objects.values().get()
    assert issued.token not in str(kept)
    assert len(issued.token) >= 43
    assert len(f"https://clinic.example/ical/{issued.token}.ics") < 256


def test_a_new_address_revokes_the_old_one() -> None:
    clinician = therapist_of(a_booking())
    old, new = issue(clinician), issue(clinician)
    assert events(fetch(old)) == []
    assert len(events(fetch(new))) == 1
    assert CalendarFeed.objects.filter(revoked_at__isnull=True).count() == 1


def test_a_revoked_feed_empties_copies_for_a_month_and_then_is_gone() -> None:
    path = issue(therapist_of(a_booking()))
    revoke_calendar_feed(feed=CalendarFeed.objects.get(), actor=DESK, now=NOW)
    assert events(fetch(path, when=NOW + timedelta(days=29))) == []
    assert fetch(path, when=NOW + timedelta(days=30)).status_code == 410


def test_the_last_fetch_and_its_program_are_noted() -> None:
    path = issue(therapist_of(a_booking()))
    fetch(path, {"User-Agent": "Some\u00e9 Calendar/1.0"})
    feed = CalendarFeed.objects.get()
    assert feed.last_fetched_at == FETCHED_AT
    assert feed.last_agent.endswith("Calendar/1.0")


def booked_with(nurse: Resource, number: int) -> None:
    for day in range(number):
        an_appointment(
            a_session(a_course(a_patient(f"P{day}"))),
            site=nurse.site,
            starts_at=at(9, day=day),
            claims=[(nurse, 0)],
        )


@pytest.mark.parametrize("number", [1, 60])
def test_the_number_of_queries_does_not_grow(
    number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nurse = a_nurse(a_site())
    booked_with(nurse, number)
    assert nurse.clinician is not None
    path = issue(nurse.clinician)
    assert len(events(fetch(path))) == number
    with django_assert_num_queries(3):
        fetch(path)


def test_fetching_changes_no_appointment() -> None:
    appointment = a_booking()
    path = issue(therapist_of(appointment))
    before = Appointment.objects.values().get()
    fetch(path)
    assert Appointment.objects.values().get() == before
