"""The first visit of all: free times to click, and one sentence where none is free."""

import re

import pytest
from django.http import HttpResponseBase

from courses.models import Course, Session
from scheduler.models import Appointment, Closure
from tests.builders import (
    Clinic,
    a_clinic,
    a_course,
    a_prescriber,
    an_assessment_visit,
    at,
)
from tests.staff_pages import FRONT_DESK, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def page_of(course: Course) -> str:
    return f"/courses/{course.pk}/assessments/book/"


def clicks(page: HttpResponseBase) -> list[dict[str, str]]:
    """What each offered time would send."""
    body = getattr(page, "content", b"").decode()
    offers = re.search(r'<ul class="offers">.*?</ul>', body, re.DOTALL)
    hidden = r'type="hidden" name="(\w+)" value="([^"]*)"'
    return [
        {name: value for name, value in re.findall(hidden, form) if "csrf" not in name}
        for form in (offers[0] if offers else "").split("</form>")[:-1]
    ]


@pytest.fixture
def clinic() -> Clinic:
    an_assessment_visit()
    return a_clinic()


def test_an_offered_time_is_booked_with_one_click(clinic: Clinic) -> None:
    course, desk = a_course(status="referred"), a_client(FRONT_DESK)
    first, *_ = clicks(desk.get(page_of(course)))
    answer = desk.post(page_of(course), first)
    assert answer.status_code == 302, text_of(answer)
    booked = Appointment.objects.get(session__course=course)
    assert booked.starts_at == at(9)
    assert booked.session.visit_type.kind == "assessment"


def test_looking_at_the_times_adds_no_session(clinic: Clinic) -> None:
    course = a_course(status="referred")
    assert clicks(a_client(FRONT_DESK).get(page_of(course)))
    assert not Session.objects.exists()


def test_only_times_at_which_everybody_is_free_are_offered(clinic: Clinic) -> None:
    Closure.objects.create(
        site=clinic.site, starts_at=at(0), ends_at=at(23), reason="Founders' day"
    )
    course, desk = a_course(status="referred"), a_client(FRONT_DESK)
    days = {click["on"] for click in clicks(desk.get(page_of(course)))}
    assert "2026-05-04" not in days
    assert "2026-05-05" in days


def test_times_at_another_site_are_shown_on_asking(clinic: Clinic) -> None:
    other = a_clinic()
    course, desk = a_course(status="referred"), a_client(FRONT_DESK)
    page = desk.get(page_of(course), {"site": other.site.pk})
    assert {click["site"] for click in clicks(page)} == {str(other.site.pk)}


def test_one_sentence_says_why_none_of_several_prescribers_is_free(
    clinic: Clinic,
) -> None:
    a_prescriber(clinic.site)
    course, desk = a_course(status="referred"), a_client(FRONT_DESK)
    first, *_ = clicks(desk.get(page_of(course)))
    words = text_of(
        desk.post(page_of(course), {**first, "on": "2026-05-05", "at": "06:00"})
    )
    assert words.count("outside working hours") == 1
    assert "none of the 2 is free" in words
    assert re.search(
        r"on Tue, May 5 \(\S.* and .* outside working hours\)\. Choose", words
    )
