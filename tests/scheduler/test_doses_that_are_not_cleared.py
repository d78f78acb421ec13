"""A booked dose that no assessment clears any more is flagged wherever it is shown."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from courses.models import Assessment
from scheduler.models import Appointment, Claim
from tests.builders import (
    NOW,
    TODAY,
    a_chair,
    a_clinic,
    a_clinician,
    a_course,
    a_session,
    a_user,
    an_appointment,
    an_assessment_visit,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.staff_pages import FRONT_DESK, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def desk() -> User:
    return a_user("sam", role=FRONT_DESK)


def a_booked_dose(status: str = "booked") -> Appointment:
    """A dose of today whose assessment says eligible."""
    course = a_course()
    course.prescriber = a_clinician("Dr. Osei")
    course.save(update_fields=["prescriber"])
    an_eligible_assessment(course)
    session = a_session(course)
    return an_appointment(
        session, site=a_clinic().site, starts_at=at(10), status=status
    )


def _defer(dose: Appointment) -> None:
    Assessment.objects.create(
        course=dose.session.course,
        assessed_on=TODAY,
        recorded_at=NOW,
        decision="deferred",
        decided_by=a_clinician("Dr. Later"),
        decided_at=NOW + timedelta(minutes=1),
        missing="Blood pressure",
    )


def _pages(dose: Appointment) -> dict[str, str]:
    client = Client()
    client.force_login(User.objects.get(username="sam"))
    addresses = {
        "course": f"/courses/{dose.session.course_id}/",
        "board": "/",
        "panel": f"/appointments/{dose.pk}/panel/",
        "visit": f"/appointments/{dose.pk}/",
    }
    return {name: text_of(client.get(where)) for name, where in addresses.items()}


@pytest.mark.parametrize("status", ["booked", "arrived"])
def test_after_a_deferral_every_page_says_whom_to_ask(status: str) -> None:
    dose = a_booked_dose(status)
    _defer(dose)
    for name, words in _pages(dose).items():
        assert "not cleared, ask Dr. Osei" in words, name
        assert "Blood pressure" not in words, name


def test_an_assessment_that_ends_before_the_dose_clears_nothing() -> None:
    dose = a_booked_dose()
    Assessment.objects.update(valid_until=TODAY - timedelta(days=1))
    assert "not cleared, ask Dr. Osei" in _pages(dose)["course"]


def test_without_a_prescriber_of_its_own_the_course_names_the_role() -> None:
    dose = a_booked_dose()
    type(dose.session.course).objects.update(prescriber=None)
    _defer(dose)
    assert "not cleared, ask the prescriber" in _pages(dose)["board"]


@pytest.mark.parametrize(
    "status", ["held", "in_session", "recovering", "completed", "cancelled", "no_show"]
)
def test_what_is_only_held_or_over_is_not_flagged(status: str) -> None:
    dose = a_booked_dose(status)
    _defer(dose)
    for name, words in _pages(dose).items():
        assert "not cleared" not in words, name


def test_cleared_doses_and_other_visits_are_not_flagged() -> None:
    dose = a_booked_dose()
    other = an_appointment(
        a_session(dose.session.course, an_integration()),
        site=dose.site,
        starts_at=at(14),
    )
    words = _pages(dose)
    assert "not cleared" not in " ".join(words.values())
    _defer(dose)
    Appointment.objects.filter(pk=dose.pk).update(
        status="cancelled", sequence=1, revision=1
    )
    assert "not cleared" not in _pages(other)["visit"]


def test_an_assessment_visit_needs_no_clearance() -> None:
    visit = an_appointment(
        a_session(a_course(status="referred"), an_assessment_visit()),
        site=a_clinic().site,
        starts_at=at(10),
    )
    assert "not cleared" not in " ".join(_pages(visit).values())


def test_the_columns_of_the_board_say_it_in_place_of_booked() -> None:
    dose = a_booked_dose()
    chair = a_chair(dose.site)
    Claim.objects.create(
        appointment=dose,
        resource=chair,
        unit=0,
        party="chair",
        starts_at=dose.starts_at,
        ends_at=dose.ends_at,
    )
    _defer(dose)
    (event,) = a_client(FRONT_DESK).get("/board/visits.json").json()["events"]
    assert event["extendedProps"]["status"] == "Not cleared"
    assert event["classNames"] == ["visit-late"]
