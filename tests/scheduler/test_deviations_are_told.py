"""Leaving a soft window is allowed, and said: at once, in history, on the course."""

from datetime import timedelta

import pytest
from django.test import Client

from courses.actions.choose_protocol import choose_protocol
from courses.models import Course
from scheduler.models import Appointment
from scheduler.roles import CLINICIAN, FRONT_DESK
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_clinician,
    a_course,
    a_protocol,
    a_user,
    an_eligible_assessment,
    at,
)
from tests.desk import book
from tests.staff_pages import a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def therapy(clinic: Clinic) -> Appointment:
    """An integration on the day after its dose, which is on Tuesday, May 5."""
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    choose_protocol(course=course, protocol=a_protocol(doses=2), actor=DESK, now=NOW)
    book(course.sessions.get(step__code="D1"), clinic.site, at(9, day=1))
    return book(course.sessions.get(step__code="INT1"), clinic.site, at(9, day=2))


def _move(client: Client, visit: Appointment, days: int) -> list[str]:
    answer = client.post(
        f"/appointments/{visit.pk}/move/",
        {
            "site": visit.site_id,
            "on": TODAY + timedelta(days=days),
            "at": "10:00",
            "revision": visit.revision,
        },
    )
    assert answer.status_code == 302, text_of(answer)
    return said(answer)


def test_a_move_outside_the_window_is_done_with_a_warning(therapy: Appointment) -> None:
    assert _move(a_client(FRONT_DESK), therapy, 9) == [
        "The visit is moved.",
        "INT1 belongs between Wed, May 6 and Fri, May 8 because of D1,"
        " not on Wed, May 13.",
    ]


def test_a_move_inside_the_window_warns_of_nothing(therapy: Appointment) -> None:
    assert _move(a_client(FRONT_DESK), therapy, 3) == ["The visit is moved."]


def test_the_history_and_the_course_say_what_lies_outside_its_window(
    therapy: Appointment,
) -> None:
    client = a_client(FRONT_DESK)
    course = f"/courses/{therapy.session.course_id}/"
    assert "outside its window" not in text_of(client.get(course))
    _move(client, therapy, 9)
    assert text_of(client.get(course)).count("outside its window") == 1
    history = text_of(client.get(f"/appointments/{therapy.pk}/"))
    assert "INT1 belongs between Wed, May 6 and Fri, May 8" in history


def test_a_booking_outside_the_window_warns_too(
    clinic: Clinic, therapy: Appointment
) -> None:
    course: Course = therapy.session.course
    session = course.sessions.get(step__code="D2")
    answer = a_client(FRONT_DESK).post(
        f"/sessions/{session.pk}/place/",
        {"site": clinic.site.pk, "on": TODAY + timedelta(days=8), "at": "10:00"},
    )
    assert said(answer)[0] == "D2 is booked."
    assert "D2 belongs between" in said(answer)[1]


def test_only_a_prescriber_is_asked_why_a_window_is_left(therapy: Appointment) -> None:
    address = f"/appointments/{therapy.pk}/move/"
    asked = "Reason for going outside the window"
    assert asked not in text_of(a_client(FRONT_DESK).get(address))
    assert asked not in text_of(a_client(CLINICIAN).get(address))
    prescriber = a_user("kim", role=CLINICIAN)
    a_clinician("Dr. Kim", user=prescriber)
    client = Client()
    client.force_login(prescriber)
    assert asked in text_of(client.get(address))
