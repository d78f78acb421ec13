"""A button on a page from before: it does nothing, and says so."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Assessment, Course
from tests.builders import (
    TODAY,
    a_clinician,
    a_course,
    a_patient,
    a_session,
    an_appointment,
    at,
)
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def an_undecided_assessment(course: Course) -> Assessment:
    return Assessment.objects.create(
        course=course, assessed_on=TODAY, recorded_at=at(9)
    )


def decision() -> dict[str, object]:
    return {
        "decision": "eligible",
        "decided_by": a_clinician("Dr. Who").pk,
        "valid_until": TODAY + timedelta(days=90),
    }


def test_a_second_decision_is_refused_with_its_sentence() -> None:
    course = a_course(status="referred")
    assessment = an_undecided_assessment(course)
    client, typed = a_client(CLINICIAN), decision()
    address = f"/courses/{course.pk}/assessments/{assessment.pk}/decide/"
    client.post(address, typed)
    again = client.post(address, typed, follow=True)
    assert "was already decided: Eligible" in text_of(again)


def test_a_decision_about_another_assessment_than_the_page_now_asks_for() -> None:
    course = a_course(status="referred")
    first = an_undecided_assessment(course)
    client, typed = a_client(CLINICIAN), decision()
    address = f"/courses/{course.pk}/assessments/{first.pk}/decide/"
    client.post(address, typed)
    second = an_undecided_assessment(course)
    again = client.post(address, typed)
    assert "was already decided" in " ".join(said(again))
    second.refresh_from_db()
    assert second.decision == "pending"


def test_stopping_a_course_that_has_ended_says_that_it_has() -> None:
    course = a_course(status="completed")
    client = a_client(FRONT_DESK)
    for typed in ({"reason": "Moved away", "cancels": "0"}, {"reason": ""}):
        page = client.post(f"/courses/{course.pk}/stop/", typed, follow=True)
        text = text_of(page)
        assert "This course is completed" in text or "changed after you" in text


def test_what_was_found_is_not_lost_when_the_course_has_ended() -> None:
    course = a_course(status="stopped_early")
    page = a_client(CLINICIAN).post(
        f"/courses/{course.pk}/assessments/new/",
        {"assessment_id": uuid4(), "assessed_on": TODAY, "findings": "Sleeps well"},
    )
    assert "This course is stopped early" in text_of(page)
    assert "Sleeps well" in text_of(page)


def test_the_note_of_a_second_course_is_not_lost_and_the_first_is_a_click_away() -> (
    None
):
    course = a_course()
    page = a_client(FRONT_DESK).post(
        f"/patients/{course.patient_id}/open-course/",
        {"course_id": uuid4(), "referral_note": "From Dr. Lund"},
    )
    assert "already has an active course" in text_of(page)
    assert f'<a href="/courses/{course.pk}/">Open it</a>' in page.content.decode()
    assert "From Dr. Lund" in text_of(page)


# --- signed out and in again ---------------------------------------------------


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/patients/found/", "/patients/"),
        ("/patients/{patient}/open-course/", "/patients/{patient}/"),
        ("/courses/{course}/stop/", "/courses/{course}/"),
        ("/courses/{course}/complete/", "/courses/{course}/"),
        ("/courses/{course}/confirm/", "/courses/{course}/"),
        ("/courses/{course}/assessments/new/", "/courses/{course}/"),
        ("/appointments/{visit}/check-in/", "/appointments/{visit}/"),
        ("/my-calendar/new/", "/my-calendar/"),
    ],
)
def test_after_signing_in_again_the_button_leads_back_to_its_page(
    path: str, page: str
) -> None:
    visit = an_appointment(a_session(a_course(status="referred")))
    course = visit.session.course
    ids = {"patient": course.patient_id, "course": course.pk, "visit": visit.pk}
    address = path.format(**ids)
    sign_in = Client().post(address)["Location"]
    assert sign_in == f"{reverse('admin:login')}?next={address}"
    client = a_client(CLINICIAN)
    back = client.get(address)
    assert back["Location"] == page.format(**ids)
    assert any("Nothing was changed" in sentence for sentence in said(back))
    course.refresh_from_db()
    assert course.status == "referred"


def test_a_button_from_before_signing_in_again_gets_the_clinics_own_page() -> None:
    patient = a_patient()
    client = a_client(FRONT_DESK)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    page = strict.post(f"/patients/{patient.pk}/open-course/")
    assert page.status_code == 403
    assert "This page is from before you signed in" in text_of(page)
    assert "Nothing was changed" in text_of(page)
