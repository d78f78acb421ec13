"""The page that plans a whole course: see the plan, accept it, or learn why not."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponseBase
from django.test import Client

from courses.models import Course, Protocol
from scheduler.models import Appointment, Closure, Site
from tests.builders import NOW, TODAY, a_course, a_user, an_eligible_assessment, at
from tests.scheduler.test_plan_course import FRIDAY, MONDAY, a_whole_clinic, close_on
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def wishes(site: Site, **more: object) -> dict[str, object]:
    return {
        "protocol": Protocol.objects.get(code="iv-6-2w").pk,
        "site": site.pk,
        "start_on": TODAY + timedelta(days=3),
        **more,
    }


def seen(page: HttpResponseBase) -> str:
    """The fingerprint of the plan that the page shows."""
    body = getattr(page, "content", b"").decode()
    found = re.search(r'name="seen" value="(\w+)"', body)
    assert found, text_of(page)
    return found.group(1)


@pytest.fixture
def site() -> Site:
    return a_whole_clinic()


@pytest.fixture
def course() -> Course:
    course = a_course()
    an_eligible_assessment(course)
    return course


def test_a_plan_that_must_leave_windows_says_so_above_all_and_what_may_help(
    site: Site, course: Course
) -> None:
    close_on(site, MONDAY, FRIDAY)
    page = a_client(FRONT_DESK).post(f"/courses/{course.pk}/plan/", wishes(site))
    words = text_of(page)
    assert "This plan leaves 3 windows" in words
    assert "No plan keeps them all, whoever serves the visits" in words
    assert re.search(r"Infusion \d must be between .* Chair 3 are closed", words)
    assert "no plan that begins within 42 days keeps every window" in words


def test_looking_at_a_plan_shows_every_visit_with_a_reason_and_changes_nothing(
    site: Site, course: Course
) -> None:
    page = a_client(FRONT_DESK).post(f"/courses/{course.pk}/plan/", wishes(site))
    words = text_of(page)
    assert re.search(r"Book all \d+ visits", words)
    assert "Nothing is booked until you accept" in words
    course.refresh_from_db()
    assert course.protocol is None
    assert not course.sessions.exists()
    assert not Appointment.objects.exists()


def test_accepting_books_exactly_what_was_seen(site: Site, course: Course) -> None:
    client = a_client(FRONT_DESK)
    address = f"/courses/{course.pk}/plan/"
    shown = client.post(address, wishes(site))
    answer = client.post(address, wishes(site, accept="book", seen=seen(shown)))
    assert answer.status_code == 302, text_of(answer)
    course.refresh_from_db()
    assert course.protocol is not None
    booked = Appointment.objects.filter(session__course=course)
    assert f"Book all {booked.count()} visits" in text_of(shown)
    assert set(booked.values_list("status", flat=True)) == {"booked"}


def test_a_second_click_on_accept_books_nothing_twice(
    site: Site, course: Course
) -> None:
    client = a_client(FRONT_DESK)
    address = f"/courses/{course.pk}/plan/"
    form = wishes(site, accept="book")
    form["seen"] = seen(client.post(address, wishes(site)))
    client.post(address, form)
    booked = Appointment.objects.count()
    again = client.post(address, form)
    assert again.status_code == 200
    assert Appointment.objects.count() == booked


def test_when_the_calendar_changed_meanwhile_a_new_plan_is_shown_and_nothing_booked(
    site: Site, course: Course
) -> None:
    client = a_client(FRONT_DESK)
    address = f"/courses/{course.pk}/plan/"
    old = seen(client.post(address, wishes(site)))
    Closure.objects.create(
        site=site,
        starts_at=at(0, day=3),
        ends_at=at(0, day=8),
        reason="Flood",
    )
    answer = client.post(address, wishes(site, accept="book", seen=old))
    assert answer.status_code == 200
    assert "Plan again" in text_of(answer)
    assert seen(answer) != old
    assert not Appointment.objects.exists()


def test_without_an_eligible_assessment_it_cannot_be_booked_but_held(
    site: Site,
) -> None:
    course = a_course(status="referred")
    client = a_client(FRONT_DESK)
    address = f"/courses/{course.pk}/plan/"
    shown = client.post(address, wishes(site))
    refused = client.post(address, wishes(site, accept="book", seen=seen(shown)))
    assert text_of(refused).count("Ask the prescriber for an assessment") == 1
    assert not Appointment.objects.exists()
    held = client.post(address, wishes(site, accept="hold", seen=seen(refused)))
    assert held.status_code == 302, text_of(held)
    holds = Appointment.objects.filter(session__course=course)
    assert set(holds.values_list("status", flat=True)) == {"held"}
    assert {hold.hold_expires_at for hold in holds} == {NOW + timedelta(days=7)}


def test_when_no_plan_fits_the_page_names_what_stands_in_the_way(
    site: Site, course: Course
) -> None:
    Closure.objects.create(
        site=site,
        starts_at=NOW,
        ends_at=NOW + timedelta(days=400),
        reason="Flood",
    )
    page = a_client(FRONT_DESK).post(f"/courses/{course.pk}/plan/", wishes(site))
    assert "No plan fits" in text_of(page)
    assert 'class="obstacles"' in page.content.decode()
    assert 'name="accept"' not in page.content.decode()


def test_wishes_that_contradict_themselves_are_named(
    site: Site, course: Course
) -> None:
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        wishes(site, earliest_time="15:00", latest_time="09:00"),
    )
    assert "must be later than" in text_of(page)


def test_a_course_keeps_the_protocol_that_it_follows(
    site: Site, course: Course
) -> None:
    Course.objects.filter(pk=course.pk).update(
        protocol=Protocol.objects.get(code="iv-8-4w")
    )
    page = a_client(FRONT_DESK).post(f"/courses/{course.pk}/plan/", wishes(site))
    assert "not one of the available choices" in text_of(page)


def test_planning_needs_the_permission_to_book(site: Site, course: Course) -> None:
    client = Client()
    client.force_login(a_user("nobody"))
    address = f"/courses/{course.pk}/plan/"
    assert client.post(address, wishes(site)).status_code == 403
    assert a_client(CLINICIAN).get(address).status_code == 200
