"""A visit shows only buttons that can be pressed now, and each says what goes along."""

from datetime import timedelta

import pytest
from django.test import Client

from courses.actions.choose_protocol import choose_protocol
from courses.models import Course, Session
from scheduler.actions.lapse_expired_holds import lapse_expired_holds
from scheduler.models import Appointment
from scheduler.visit_steps import CANCEL
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_protocol,
    a_session,
    an_appointment,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book, cancel, hold
from tests.staff_pages import FRONT_DESK, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

PAIR = "INT1 on Wed, May 6 at 09:00"


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


@pytest.fixture
def desk() -> Client:
    return a_client(FRONT_DESK)


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """A dose on Tuesday and the therapy that belongs to it on Wednesday."""
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    choose_protocol(course=course, protocol=a_protocol(doses=2), actor=DESK, now=NOW)
    for code, day in {"D1": 1, "INT1": 2}.items():
        book(course.sessions.get(step__code=code), clinic.site, at(9, day=day))
    return course


def _of(course: Course, code: str) -> Appointment:
    appointments = Appointment.objects.filter(session__course=course)
    return appointments.filter(session__step__code=code).latest("created_at")


def _post(desk: Client, visit: Appointment, verb: str, **form: object) -> list[str]:
    answer = desk.post(
        f"/appointments/{visit.pk}/{verb}/", {"revision": visit.revision, **form}
    )
    assert answer.status_code == 302
    return said(answer)


@pytest.mark.parametrize(
    ("days", "is_shown"), [(0, True), (1, False), (21, False), (-1, False)]
)
def test_check_in_is_offered_on_the_day_of_the_visit_only(
    desk: Client, days: int, is_shown: bool
) -> None:
    visit = an_appointment(an_approved_session(), starts_at=at(20, day=days))
    page = desk.get(f"/appointments/{visit.pk}/")
    assert ("/check-in/" in page.content.decode()) is is_shown


@pytest.mark.parametrize(("minutes", "is_shown"), [(0, True), (-30, True), (15, False)])
def test_no_show_is_offered_from_the_start_of_the_visit_on(
    desk: Client, minutes: int, is_shown: bool
) -> None:
    starts_at = NOW + timedelta(minutes=minutes)
    visit = an_appointment(an_approved_session(), starts_at=starts_at)
    page = desk.get(f"/appointments/{visit.pk}/")
    assert ("/no-show/" in page.content.decode()) is is_shown


def test_cancelling_a_dose_names_what_goes_with_it_before_and_after(
    desk: Client, course: Course
) -> None:
    dose = _of(course, "D1")
    page = text_of(desk.get(f"/appointments/{dose.pk}/panel/"))
    assert f"and {PAIR}, which belongs to it" in page
    told = _post(desk, dose, "cancel", reason="Patient is ill", with_pair="yes")
    assert told == [f"{CANCEL.done[:-1]}, and with it {PAIR}."]


def test_cancelling_what_nothing_belongs_to_asks_about_nothing_else(
    desk: Client, course: Course
) -> None:
    therapy = _of(course, "INT1")
    page = desk.get(f"/appointments/{therapy.pk}/")
    assert "with_pair" not in page.content.decode()
    told = _post(desk, therapy, "cancel", reason="Patient is ill")
    assert told == [CANCEL.done]
    page = desk.get(f"/appointments/{_of(course, 'D1').pk}/")
    assert "with_pair" not in page.content.decode()


def test_restoring_a_dose_names_what_comes_back_before_and_after(
    desk: Client, course: Course
) -> None:
    dose = cancel(_of(course, "D1"))
    page = text_of(desk.get(f"/appointments/{dose.pk}/"))
    assert f"and {PAIR}, which belongs to it" in page
    told = _post(desk, dose, "restore", with_pair="yes")
    assert told == [f"The visit is booked again, and with it {PAIR}."]


def test_a_pair_whose_time_is_gone_must_be_placed_and_the_desk_is_told(
    desk: Client, clinic: Clinic, course: Course
) -> None:
    dose = cancel(_of(course, "D1"))
    other = a_session(a_course(a_patient("Ben", "Ito")), an_integration())
    book(other, clinic.site, at(9, day=2))
    assert _post(desk, dose, "restore", with_pair="yes") == [
        "The visit is booked again.",
        f"{PAIR} could not be booked again. Find a time for INT1 on the course's page.",
    ]


def test_restoring_leads_to_the_new_appointment_from_wherever_it_was_asked(
    desk: Client, clinic: Clinic
) -> None:
    visit = cancel(book(an_approved_session(), clinic.site, at(9, day=1)))
    answer = desk.post(
        f"/appointments/{visit.pk}/restore/",
        {"revision": visit.revision, "next": f"/appointments/{visit.pk}/"},
    )
    again = visit.restored_as.get()
    assert answer["Location"] == f"/appointments/{again.pk}/"
    old = desk.get(f"/appointments/{visit.pk}/").content.decode()
    assert f"/appointments/{visit.pk}/restore/" not in old


def test_a_visit_that_was_booked_anew_offers_no_restore_and_refuses_in_one_sentence(
    desk: Client, clinic: Clinic
) -> None:
    session = an_approved_session()
    visit = cancel(book(session, clinic.site, at(9, day=1)))
    book(session, clinic.site, at(9, day=2))
    page = desk.get(f"/appointments/{visit.pk}/").content.decode()
    assert "/restore/" not in page
    assert _post(desk, visit, "restore") == [
        "This session already has an appointment. Move that one instead."
    ]


def test_a_restored_hold_is_said_to_be_held(desk: Client, clinic: Clinic) -> None:
    visit = cancel(hold(an_approved_session(), clinic.site, at(9, day=1)))
    assert _post(desk, visit, "restore") == ["The visit is held again."]


def _offers_restore(desk: Client, visit: Appointment) -> bool:
    page = desk.get(f"/appointments/{visit.pk}/").content.decode()
    return f"/appointments/{visit.pk}/restore/" in page


@pytest.mark.parametrize("status", ["stopped_early", "completed"])
def test_a_visit_of_an_ended_course_offers_no_restore(
    desk: Client, clinic: Clinic, status: str
) -> None:
    visit = cancel(book(an_approved_session(), clinic.site, at(9, day=1)))
    assert _offers_restore(desk, visit)
    Course.objects.update(status=status, ended_at=NOW)
    assert not _offers_restore(desk, visit)


@pytest.mark.parametrize(
    ("status", "is_shown"),
    [("open", True), ("missed", True), ("omitted", False), ("done", False)],
)
def test_restore_is_offered_while_the_session_waits_for_a_time(
    desk: Client, clinic: Clinic, status: str, is_shown: bool
) -> None:
    visit = cancel(book(an_approved_session(), clinic.site, at(9, day=1)))
    Session.objects.filter(pk=visit.session_id).update(status=status)
    assert _offers_restore(desk, visit) is is_shown


@pytest.mark.parametrize(
    ("minutes", "is_shown"), [(15, True), (0, False), (-60, False)]
)
def test_restore_is_offered_until_the_visit_would_begin(
    desk: Client, minutes: int, is_shown: bool
) -> None:
    visit = an_appointment(
        an_approved_session(),
        starts_at=NOW + timedelta(minutes=minutes),
        status="cancelled",
    )
    assert _offers_restore(desk, visit) is is_shown


def test_a_lapsed_hold_is_held_again_with_one_button(
    desk: Client, clinic: Clinic
) -> None:
    held = hold(an_approved_session(), clinic.site, at(9, day=3), days=1)
    lapse_expired_holds(actor=DESK, now=NOW + timedelta(days=1))
    held.refresh_from_db()
    assert held.status == "expired"
    assert _offers_restore(desk, held)
    assert _post(desk, held, "restore") == ["The visit is held again."]
