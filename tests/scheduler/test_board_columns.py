"""The board's columns: when each takes visits, why not, and where now is."""

import json
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from scheduler.models import Closure, Resource, Site
from tests.builders import (
    TODAY,
    a_chair,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    at,
    working_hours,
)
from tests.staff_pages import FRONT_DESK, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

SUNDAY = TODAY - timedelta(days=1)


@pytest.fixture
def desk() -> Client:
    return a_client(FRONT_DESK)


def columns(desk: Client, site: Site, day: date = TODAY) -> dict[str, Any]:
    asked = {"site": site.code, "day": day.isoformat()}
    answer = desk.get("/board/visits.json", asked)
    feed: dict[str, Any] = json.loads(answer.content)
    return feed


def shut(feed: dict[str, Any], resource: Resource) -> list[tuple[str, str, str]]:
    return sorted(
        (event["start"][11:16], event["end"][11:16], event["title"])
        for event in feed["shut"]
        if event["resourceIds"] == [str(resource.pk)]
    )


def close(start: int, end: int, reason: str, **what: Resource | Site) -> None:
    Closure.objects.create(starts_at=at(start), ends_at=at(end), reason=reason, **what)


def test_time_outside_working_hours_is_shut(desk: Client) -> None:
    chair = a_chair(a_site())
    assert shut(columns(desk, chair.site), chair) == [
        ("00:00", "08:00", "Outside working hours"),
        ("18:00", "23:59", "Outside working hours"),
    ]


def test_a_lunch_break_is_shut_and_hours_of_another_site_do_not_open_it(
    desk: Client,
) -> None:
    chair = a_chair(a_site())
    chair.working_hours.all().delete()
    working_hours(chair, closes=time(12))
    working_hours(chair, opens=time(13), closes=time(15))
    working_hours(chair, site=a_site(), opens=time(15))
    assert [span[:2] for span in shut(columns(desk, chair.site), chair)] == [
        ("00:00", "08:00"),
        ("12:00", "13:00"),
        ("15:00", "23:59"),
    ]


def test_a_day_off_is_shut_from_midnight_to_midnight(desk: Client) -> None:
    chair = a_chair(a_site())
    feed = columns(desk, chair.site, SUNDAY)
    assert shut(feed, chair) == [("00:00", "23:59", "Outside working hours")]
    assert (feed["slotMinTime"], feed["slotMaxTime"]) == ("08:00:00", "18:00:00")


def test_a_closure_is_named_and_cut_out_of_the_day(desk: Client) -> None:
    clinic = a_clinic()
    chair, other = clinic.chairs
    close(10, 12, "Repair", resource=chair)
    feed = columns(desk, clinic.site)
    assert ("10:00", "12:00", "Closed: Repair") in shut(feed, chair)
    assert "Closed: Repair" not in {title for _, _, title in shut(feed, other)}


def test_a_closed_site_closes_every_column_and_the_page_says_so(desk: Client) -> None:
    clinic = a_clinic()
    close(-10, 40, "Founders' day", site=clinic.site)
    feed = columns(desk, clinic.site)
    for resource in Resource.objects.filter(site=clinic.site):
        assert shut(feed, resource) == [("00:00", "23:59", "Closed: Founders' day")]
    page = desk.get("/", {"site": clinic.site.code})
    assert "Closed all day: Founders' day" in text_of(page)


def test_a_closure_of_some_hours_is_said_with_its_hours(desk: Client) -> None:
    clinic = a_clinic()
    close(12, 14, "Staff meeting", site=clinic.site)
    page = desk.get("/", {"site": clinic.site.code})
    assert "Closed 12:00\u201314:00: Staff meeting" in text_of(page)


def test_a_closure_of_another_day_or_site_is_not_shown(desk: Client) -> None:
    clinic = a_clinic()
    close(34, 36, "Tomorrow", site=clinic.site)
    close(10, 12, "Elsewhere", site=a_site())
    titles = {event["title"] for event in columns(desk, clinic.site)["shut"]}
    assert titles == {"Outside working hours"}


def test_now_is_told_in_the_sites_wall_time_and_only_today(desk: Client) -> None:
    site = a_site(zone="America/Chicago")
    assert columns(desk, site)["now"] == "2026-05-04T08:00:00"
    assert columns(desk, site, SUNDAY)["now"] is None


def test_the_hours_shown_reach_from_the_first_opening_or_visit_to_the_last(
    desk: Client,
) -> None:
    clinic = a_clinic()
    working_hours(clinic.chairs[0], opens=time(6, 30), closes=time(7))
    an_appointment(
        site=clinic.site, starts_at=at(17, 45), claims=[(clinic.chairs[0], 0)]
    )
    feed = columns(desk, clinic.site)
    assert (feed["slotMinTime"], feed["slotMaxTime"]) == ("06:00:00", "20:00:00")


def a_busy_hour(site: Site, hour: int) -> None:
    chair = a_chair(site)
    close(hour, hour + 1, "Repair", resource=chair)
    close(hour, hour + 1, "Drill", site=site)
    an_appointment(
        a_session(a_course(a_patient(f"P{hour}"))),
        site=site,
        starts_at=at(hour),
        claims=[(chair, 0)],
    )


def test_the_columns_ask_the_same_queries_for_one_visit_and_for_many(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    site = a_site()
    asked = {"site": site.code}
    a_busy_hour(site, 8)
    desk.get("/board/visits.json", asked)
    # Who is signed in (2, and 2 for what they may), sites, and of the day: visits,
    # claims, their resources, places in courses, decisions, columns, closures, hours,
    # what is taken.
    with django_assert_num_queries(14):
        desk.get("/board/visits.json", asked)
    for hour in range(9, 17):
        a_busy_hour(site, hour)
    with django_assert_num_queries(14):
        desk.get("/board/visits.json", asked)
