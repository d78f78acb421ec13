"""Days beyond the calendar are refused with a sentence, wherever they are typed."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from courses.models import Course
from scheduler.models import Appointment, Closure
from tests.builders import (
    TODAY,
    a_clinic,
    a_course,
    a_protocol,
    an_assessment_visit,
    an_eligible_assessment,
    at,
)
from tests.desk import an_approved_session, book
from tests.staff_pages import CLINICIAN, FRONT_DESK, MANAGER, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
SENTENCE = "Choose a day between the years 1900 and 2099."

far = pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31"])


@far
def test_the_board_shows_the_end_of_its_calendar(day: str) -> None:
    a_clinic()
    client = a_client(FRONT_DESK)
    page = client.get("/", {"day": day})
    shown = date(1900, 1, 1) if day < "1900" else date(2099, 12, 31)
    assert page.status_code == 200
    assert f"{shown:%B} {shown.day}, {shown.year}" in text_of(page)
    assert client.get("/board/visits.json", {"day": day}).status_code == 200


@far
def test_no_visit_is_placed_there(day: str) -> None:
    clinic = a_clinic()
    visit_type = an_assessment_visit()
    session, course = an_approved_session(), a_course(status="referred")
    typed = {"site": clinic.site.pk, "on": day, "at": "09:00"}
    client = a_client(FRONT_DESK)
    for address, more in (
        (f"/courses/{course.pk}/assessments/book/", {"visit_type": visit_type.pk}),
        (f"/sessions/{session.pk}/place/", {}),
    ):
        page = client.post(address, {**typed, **more})
        assert SENTENCE in text_of(page), address
    assert not Appointment.objects.exists()


@far
def test_no_visit_is_moved_there(day: str) -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    page = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/move/",
        {"site": clinic.site.pk, "on": day, "at": "09:00", "revision": visit.revision},
    )
    assert SENTENCE in text_of(page)


@far
def test_no_course_is_planned_from_there(day: str) -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {"protocol": course.protocol_id, "site": clinic.site.pk, "start_on": day},
    )
    assert SENTENCE in text_of(page)
    with pytest.raises(CommandError, match=SENTENCE):
        call_command("plan_course", str(course.pk), start_on=day)


@far
def test_nothing_is_closed_there(day: str) -> None:
    clinic = a_clinic()
    page = a_client(MANAGER).post(
        "/closures/new/",
        {
            "site": clinic.site.pk,
            "from_on": TODAY,
            "from_at": "00:00",
            "until_on": day,
            "until_at": "00:00",
            "reason": "Renovation",
        },
    )
    assert SENTENCE in text_of(page)
    assert not Closure.objects.exists()


@far
def test_no_assessment_is_of_that_day(day: str) -> None:
    course = a_course(status="referred")
    page = a_client(CLINICIAN).post(
        f"/courses/{course.pk}/assessments/new/",
        {"assessment_id": uuid4(), "assessed_on": day, "findings": "Calm"},
    )
    assert SENTENCE in text_of(page)


def test_the_last_days_of_the_calendar_can_be_planned_and_looked_at() -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {
            "protocol": course.protocol_id,
            "site": clinic.site.pk,
            "start_on": "2099-12-31",
        },
    )
    assert page.status_code == 200
    assert SENTENCE not in text_of(page)


def _a_course_with_a_protocol() -> Course:
    course = a_course(protocol=a_protocol())
    an_eligible_assessment(course)
    return course
