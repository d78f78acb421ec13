"""The page that plans a whole course: see the plan, accept it, or learn why not."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from courses.models import Course, Protocol
from scheduler.models import Appointment, Closure, Resource, Site
from tests.builders import (
    NOW,
    TODAY,
    a_course,
    a_patient,
    a_site,
    a_user,
    an_eligible_assessment,
    at,
)
from tests.scheduler.test_plan_course import FRIDAY, MONDAY, a_whole_clinic, close_on
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, fields_of, text_of

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


# --- what is asked for besides the wishes ---------------------------------------------


def buttons(page: HttpResponseBase, name: str) -> list[str]:
    """What the page's buttons of that name would send."""
    body = html.unescape(getattr(page, "content", b"").decode())
    return re.findall(rf'name="{name}" value="([^"]*)"', body)


def asked_for(page: HttpResponseBase) -> str:
    return fields_of(page)["changes"]


def test_a_plan_says_what_it_costs_line_by_line(site: Site, course: Course) -> None:
    words = text_of(
        a_client(FRONT_DESK).post(f"/courses/{course.pk}/plan/", wishes(site))
    )
    assert "What this plan costs" in words
    assert "Every window and spacing rule is kept." in words
    assert re.search(
        r"The last treatment visit is on \w+, \w+ \d+, \d+ days after", words
    )
    assert re.search(r"\d+ trips to the clinic", words)


def test_a_pin_is_kept_shown_and_taken_back(site: Site, course: Course) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    first = client.post(address, wishes(site))
    never = next(text for text in buttons(first, "add") if text.startswith("weekday"))
    day = ("Mon", "Tue", "Wed", "Thu", "Fri")[int(never[-1])]
    assert f"<strong>{day}, " in first.content.decode()

    without = client.post(address, wishes(site, add=never))
    assert asked_for(without) == never
    assert f"<strong>{day}, " not in without.content.decode().split("Other good")[0]
    assert f"All visits: never on {day}" in text_of(without)

    back = client.post(address, wishes(site, changes=never, drop=never))
    assert asked_for(back) == ""
    assert seen(back) == seen(first)


def test_a_visit_that_keeps_its_time_takes_the_place_of_one_that_keeps_its_day(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    shown = client.post(address, wishes(site))
    on = next(text for text in buttons(shown, "add") if text.startswith("on:D2:"))
    at_ = next(text for text in buttons(shown, "add") if text.startswith("at:D2:"))
    page = client.post(address, wishes(site, changes=on, add=at_))
    assert asked_for(page) == at_


def test_the_same_person_is_not_planned_once_the_patient_wants_somebody_else(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    shown = client.post(address, wishes(site))
    nurse = Resource.objects.get(name="Nurse 1")
    ban = f"without::{nurse.pk}"
    assert ban in buttons(shown, "add")
    page = client.post(address, wishes(site, add=ban))
    table = page.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    assert "Nurse 2" in table
    assert "Nurse 1" not in table


def test_other_plans_are_shown_and_each_can_be_booked_at_once(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    shown = client.post(address, wishes(site))
    assert "Other good plans" in text_of(shown)
    others = buttons(shown, "accept_alternative")
    assert 1 <= len(others) <= 3
    answer = client.post(
        address, wishes(site, seen=seen(shown), accept_alternative=others[0])
    )
    assert answer.status_code == 302, text_of(answer)
    assert Appointment.objects.filter(session__course=course).exists()


def test_looking_at_another_plan_makes_it_the_plan_and_can_be_taken_back(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    shown = client.post(address, wishes(site))
    (other, *_), (promised, *_) = (
        buttons(shown, "change_to"),
        buttons(shown, "accept_alternative"),
    )
    page = client.post(address, wishes(site, change_to=other))
    assert asked_for(page) == other
    assert seen(page) == promised.split(" ")[0]
    assert buttons(page, "drop") == other.split()


def test_another_therapist_for_all_becomes_the_therapist_of_the_course(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    third = Resource.objects.get(name="Therapist 3")
    form = wishes(
        site,
        protocol=Protocol.objects.get(code="kap-im-6").pk,
        changes=f"led:therapist:{third.pk}",
    )
    shown = client.post(address, form)
    assert "With Therapist 3 throughout" in text_of(shown)
    client.post(address, {**form, "accept": "book", "seen": seen(shown)})
    course.refresh_from_db()
    assert course.therapist == third.clinician


def test_what_changed_since_somebody_looked_is_named_visit_by_visit(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    old = client.post(address, wishes(site))
    Closure.objects.create(
        site=site, starts_at=at(0, day=3), ends_at=at(0, day=8), reason="Flood"
    )
    fields = fields_of(old)
    answer = client.post(
        address,
        wishes(site, accept="book", seen=seen(old), shown=fields["shown"]),
    )
    words = text_of(answer)
    assert "What changed since you looked" in words
    assert re.search(r"\w+: \w+, May \d+ at \d\d:\d\d, not \w+, May \d+ at", words)


def test_what_changed_in_another_plan_that_is_booked_at_once_is_named_too(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    old = client.post(address, wishes(site))
    Closure.objects.create(
        site=site, starts_at=at(0, day=3), ends_at=at(0, day=8), reason="Flood"
    )
    other = buttons(old, "accept_alternative")[0]
    answer = client.post(address, {**fields_of(old), "accept_alternative": other})
    words = text_of(answer)
    assert not Appointment.objects.filter(session__course=course).exists()
    assert "What changed since you looked" in words
    assert re.search(r"\w+: \w+, May \d+ at \d\d:\d\d, not \w+, May \d+ at", words)


def test_without_a_plan_the_page_says_what_would_help_and_a_press_does_it(
    site: Site, course: Course
) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    Closure.objects.create(
        site=site, starts_at=at(0), ends_at=at(0, day=60), reason="Works"
    )
    page = client.post(address, wishes(site))
    words = text_of(page)
    assert "No plan fits" in words
    assert "are closed" in words
    assert "Begin later: on" in words
    within = next(text for text in buttons(page, "add") if text.startswith("within"))
    planned = client.post(address, wishes(site, add=within))
    assert "Book all" in text_of(planned)
    assert (
        client.post(
            address,
            wishes(site, changes=asked_for(planned), accept="book", seen=seen(planned)),
        ).status_code
        == 302
    )


def test_another_site_is_chosen_with_a_press(site: Site, course: Course) -> None:
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/plan/"
    other = a_site("Lakeside")
    page = client.post(address, wishes(site, add=f"site::{other.code}"))
    assert fields_of(page)["site"] == str(other.pk)


def test_nonsense_in_the_hidden_field_asks_for_nothing(
    site: Site, course: Course
) -> None:
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        wishes(site, changes="drop:table wider:D2:-9,-9 on:NOPE:2026-05-05"),
    )
    assert re.search(r"Book all \d+ visits", text_of(page))


def test_the_page_asks_as_little_of_the_database_however_long_the_course(
    site: Site, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    client = a_client(FRONT_DESK)
    for code in ("iv-6-2w", "iv-8-4w"):
        course = a_course(a_patient(code))
        an_eligible_assessment(course)
        form = wishes(site, protocol=Protocol.objects.get(code=code).pk)
        with django_assert_max_num_queries(40):
            client.post(f"/courses/{course.pk}/plan/", form)
