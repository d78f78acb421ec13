"""An order sets the days between the doses of a course, and its visits follow."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.test import Client

from courses.actions.choose_protocol import choose_protocol
from courses.actions.publish_protocol import publish_protocol
from courses.models import Course, CourseEvent, Protocol
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_clinic,
    a_course,
    a_protocol,
    an_eligible_assessment,
)
from tests.desk import book_plan, plan
from tests.ripples import a_booked_course, times
from tests.scheduler.test_ripple_pages import changing, seen
from tests.staff_pages import FRONT_DESK, a_client, fields_of, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def desk() -> Client:
    return a_client(FRONT_DESK)


@pytest.fixture
def course() -> Course:
    """Three doses whose interval the order sets, nothing booked yet."""
    protocol = a_protocol(doses=3, status="draft")
    Protocol.objects.filter(pk=protocol.pk).update(interval_by_order=True)
    publish_protocol(protocol=protocol, actor=DESK, now=NOW)
    protocol.refresh_from_db()
    course = a_course()
    an_eligible_assessment(course)
    return choose_protocol(course=course, protocol=protocol, actor=DESK, now=NOW)


def ordered(target: int, **more: object) -> dict[str, object]:
    return {
        "earliest": target - 1,
        "target": target,
        "latest": target + 1,
        "source": "Order of Dr. Kim, May 4",
        **more,
    }


def days_between_doses(course: Course) -> list[int]:
    at = times(course)
    doses = [at[f"D{number}"] for number in (1, 2, 3)]
    return [round((b - a) / timedelta(days=1)) for a, b in pairwise(doses)]


def test_booked_visits_follow_the_order_once_somebody_agrees(
    desk: Client, clinic: Clinic, course: Course
) -> None:
    book_plan(course, plan(course, clinic.site))
    before = times(course)
    assert "Days between doses" in text_of(desk.get(f"/courses/{course.pk}/"))
    page = changing(course, "interval")
    asked = {**fields_of(desk.get(page)), **ordered(7)}

    shown = desk.post(page, asked)

    assert "move" in text_of(shown)
    assert times(course) == before
    answer = desk.post(page, {**asked, "seen": seen(shown), "commit": "yes"})
    assert answer.status_code == 302, text_of(answer)
    assert any("The days between doses are set" in each for each in said(answer))
    assert all(6 <= days <= 8 for days in days_between_doses(course))
    event = CourseEvent.objects.get(kind="dose_interval_set")
    assert event.details["source"] == "Order of Dr. Kim, May 4"
    assert "Dose to dose 7 days (6 to 8)" in text_of(desk.get(answer["Location"]))


def test_nothing_is_booked_for_a_course_that_waits_for_its_plan(
    desk: Client, clinic: Clinic, course: Course
) -> None:
    page = changing(course, "interval")
    asked = ordered(7, site=clinic.site.pk)
    shown = desk.post(page, asked)
    assert "No visit changes" in text_of(shown)
    desk.post(page, {**asked, "seen": seen(shown), "commit": "yes"})
    course.refresh_from_db()
    assert course.dose_interval_target == 7
    assert times(course) == {}


def test_the_protocols_own_days_come_back(
    desk: Client, clinic: Clinic, course: Course
) -> None:
    page = changing(course, "interval")
    for asked in (ordered(7), {"by_protocol": "on"}):
        typed = {**asked, "site": clinic.site.pk}
        shown = desk.post(page, typed)
        desk.post(page, {**typed, "seen": seen(shown), "commit": "yes"})
    course.refresh_from_db()
    assert course.dose_interval_target is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (ordered(7, source=" "), "Whose order is this interval?"),
        (ordered(7, earliest=9), "come in that order"),
        ({**ordered(7), "target": ""}, "Enter the days"),
    ],
)
def test_an_order_that_says_too_little_is_asked_again(
    desk: Client,
    clinic: Clinic,
    course: Course,
    typed: dict[str, object],
    sentence: str,
) -> None:
    answer = desk.post(changing(course, "interval"), {**typed, "site": clinic.site.pk})
    assert sentence in text_of(answer)
    course.refresh_from_db()
    assert course.dose_interval_target is None


def test_a_protocol_with_days_of_its_own_offers_no_order(
    desk: Client, clinic: Clinic
) -> None:
    other = a_booked_course(clinic)
    assert "Days between doses" not in text_of(desk.get(f"/courses/{other.pk}/"))
    answer = desk.post(changing(other, "interval"), ordered(7, site=clinic.site.pk))
    assert "has its own days between doses" in text_of(answer)
