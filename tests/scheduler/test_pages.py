"""Patient, course and appointment pages: what each role sees and what forms do."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from courses.models import Assessment, Course, Patient
from scheduler.models import Appointment, Closure
from tests.builders import (
    TODAY,
    a_chair,
    a_clinic,
    a_clinician,
    a_course,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    an_assessment_visit,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book, hold
from tests.staff_pages import (
    CLINICIAN,
    FRONT_DESK,
    MANAGER,
    a_client,
    fields_of,
    said,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

DETAILS = {
    "given_name": "Ana",
    "family_name": "Vega",
    "birth_on": "1988-02-29",
    "email": "ana@mail.example",
    "phone": "503-555-0100",
    "language": "en",
    "preferred_channel": "email",
    "uses_neutral_wording": "on",
}


# --- patients -----------------------------------------------------------------


def test_registering_a_patient_stores_them_and_opens_their_page() -> None:
    answer = a_client(FRONT_DESK).post(
        "/patients/new/", {**DETAILS, "patient_id": uuid4()}
    )
    patient = Patient.objects.get()
    assert answer["Location"] == f"/patients/{patient.pk}/"
    assert (patient.full_name, str(patient.phone)) == ("Ana Vega", "+15035550100")


def test_a_double_click_on_register_makes_one_patient() -> None:
    client, form = a_client(FRONT_DESK), {**DETAILS, "patient_id": uuid4()}
    first, second = (client.post("/patients/new/", form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Patient.objects.count() == 1


def test_a_namesake_is_asked_about_and_registered_when_it_is_another_person() -> None:
    a_patient()
    client = a_client(FRONT_DESK)
    form = {**DETAILS, "patient_id": uuid4()}
    refused = client.post("/patients/new/", form)
    assert "already registered" in text_of(refused)
    known = Patient.objects.get()
    assert f'<a href="/patients/{known.pk}/">Open it</a>' in refused.content.decode()
    assert 'type="checkbox" name="is_another_person"' in refused.content.decode()
    assert 'value="503-555-0100"' in refused.content.decode()
    client.post("/patients/new/", {**form, "is_another_person": "on"})
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("birth_on", "2090-01-01", "lies in the future"),
        ("birth_on", "29.02.1988", "Enter a valid date"),
        ("email", "ana@", "Enter a valid email address"),
        ("phone", "12", "phone number entered is not valid"),
        ("given_name", " ", "required"),
        ("language", "xx", "not one of the available choices"),
        ("patient_id", "no-uuid", "valid UUID"),
    ],
)
def test_bad_details_are_named_and_what_was_typed_stays(
    field: str, value: str, sentence: str
) -> None:
    answer = a_client(FRONT_DESK).post(
        "/patients/new/", {**DETAILS, "patient_id": uuid4(), field: value}
    )
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert 'value="Vega"' in answer.content.decode()
    assert not Patient.objects.exists()


def test_who_is_to_be_reached_by_mail_needs_an_address() -> None:
    form = {**DETAILS, "email": "", "patient_id": uuid4()}
    client = a_client(FRONT_DESK)
    refused = client.post("/patients/new/", form)
    assert "Type the address, or choose “None: call instead”" in text_of(refused)
    assert not Patient.objects.exists()
    client.post("/patients/new/", {**form, "preferred_channel": "none"})
    assert Patient.objects.exists()


def test_a_patient_whom_nobody_can_reach_is_registered_with_a_warning() -> None:
    nothing = {"email": "", "phone": "", "preferred_channel": "none"}
    answer = a_client(FRONT_DESK).post(
        "/patients/new/", {**DETAILS, **nothing, "patient_id": uuid4()}
    )
    assert Patient.objects.exists()
    assert any("neither e-mail nor phone is known" in s for s in said(answer))


def test_changed_details_are_stored() -> None:
    patient = a_patient()
    client, address = a_client(FRONT_DESK), f"/patients/{patient.pk}/change/"
    page = fields_of(client.get(address))
    answer = client.post(address, {**page, "given_name": "Anna"})
    assert answer.status_code == 302
    patient.refresh_from_db()
    assert patient.given_name == "Anna"


def test_the_search_finds_by_name_and_phone_and_is_never_a_get() -> None:
    a_patient(phone="+15035550100")
    a_patient("Bo", "Lund", email="bo@mail.example")
    client = a_client(FRONT_DESK)
    for words in ("vega", "ana VEGA", "5550100"):
        found = text_of(client.post("/patients/found/", {"words": words}))
        assert "Vega, Ana" in found
        assert "Lund" not in found
    never = client.get("/patients/found/", {"words": "vega"})
    assert never["Location"] == "/patients/"
    none = client.post("/patients/found/", {"words": "\0zzz"})
    assert "Nobody matches" in text_of(none)


def test_a_patient_has_one_active_course_and_the_page_says_so() -> None:
    patient = a_patient()
    client = a_client(FRONT_DESK)
    address = f"/patients/{patient.pk}/open-course/"
    first = client.post(address, {"course_id": uuid4()})
    assert first.status_code == 302
    again = client.post(address, {"course_id": uuid4()})
    assert "already has an active course" in text_of(again)
    assert Course.objects.count() == 1


# --- who sees what --------------------------------------------------------------


def a_course_with_findings() -> Course:
    course = a_course()
    Course.objects.filter(pk=course.pk).update(referral_note="Refractory nightmares")
    assessment = an_eligible_assessment(course)
    Assessment.objects.filter(pk=assessment.pk).update(
        findings="Dissociates when stressed", missing="Blood pressure"
    )
    return course


@pytest.mark.parametrize("role", [FRONT_DESK, MANAGER])
def test_no_page_tells_the_desk_or_a_manager_anything_clinical(role: str) -> None:
    course = a_course_with_findings()
    appointment = an_appointment(a_session(course), starts_at=at(10))
    client = a_client(role)
    for address in (
        "/",
        f"/courses/{course.pk}/",
        f"/patients/{course.patient_id}/",
        f"/appointments/{appointment.pk}/",
        f"/appointments/{appointment.pk}/panel/",
        f"/courses/course/{course.pk}/change/",
        f"/scheduler/appointment/{appointment.pk}/change/",
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        for word in ("Dissociates", "nightmares", "Blood pressure", "Dr. Decider"):
            assert word not in page.content.decode(), address
    assert client.get("/courses/assessment/").status_code == 403


def test_a_clinician_sees_findings_and_decision() -> None:
    page = text_of(a_client(CLINICIAN).get(f"/courses/{a_course_with_findings().pk}/"))
    assert "Dissociates when stressed" in page
    assert "Refractory nightmares" in page
    assert "Eligible by Dr. Decider" in page


def test_the_desk_is_told_only_until_when_visits_may_be_booked() -> None:
    page = text_of(a_client(FRONT_DESK).get(f"/courses/{a_course_with_findings().pk}/"))
    assert "serves visits until December 31, 2026" in page


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (FRONT_DESK, "/courses/{course}/assessments/new/"),
        (FRONT_DESK, "/courses/{course}/assessments/{assessment}/decide/"),
        (MANAGER, "/courses/{course}/assessments/new/"),
        (CLINICIAN, "/patients/{patient}/open-course/"),
    ],
)
def test_what_a_role_may_not_do_is_refused_on_the_server(role: str, path: str) -> None:
    course = a_course_with_findings()
    address = path.format(
        course=course.pk,
        patient=course.patient_id,
        assessment=course.assessments.get().pk,
    )
    assert a_client(role).post(address, {"decision": "deferred"}).status_code == 403


def test_pages_need_a_signed_in_member_of_staff_and_a_token() -> None:
    patient = a_patient()
    client = Client(enforce_csrf_checks=True)
    address = f"/patients/{patient.pk}/"
    assert client.get(address)["Location"] == f"/login/?next={address}"
    signed_in = a_client(FRONT_DESK)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in.cookies
    assert strict.post("/patients/found/", {"words": "x"}).status_code == 403


def test_what_does_not_exist_is_a_page_that_says_so() -> None:
    client = a_client(CLINICIAN)
    for kind in ("patients", "courses", "appointments"):
        answer = client.get(f"/{kind}/{uuid4()}/")
        assert answer.status_code == 404
        assert "nothing at this address" in text_of(answer)


# --- courses --------------------------------------------------------------------


def test_an_assessment_is_booked_recorded_and_decided_on_the_courses_page() -> None:
    clinic, visit_type = a_clinic(), an_assessment_visit()
    course = a_course(status="referred")
    client = a_client(CLINICIAN)
    booked = client.post(
        f"/courses/{course.pk}/assessments/book/",
        {
            "visit_type": visit_type.pk,
            "site": clinic.site.pk,
            "on": TODAY + timedelta(days=1),
            "at": "09:00",
        },
    )
    assert booked.status_code == 302, text_of(booked)
    recorded = client.post(
        f"/courses/{course.pk}/assessments/new/",
        {"assessment_id": uuid4(), "assessed_on": TODAY, "findings": "Calm"},
    )
    assert recorded.status_code == 302, text_of(recorded)
    assessment = course.assessments.get()
    decided = client.post(
        f"/courses/{course.pk}/assessments/{assessment.pk}/decide/",
        {
            "decision": "eligible",
            "decided_by": a_clinician("Dr. Who").pk,
            "valid_until": TODAY + timedelta(days=90),
        },
    )
    assert decided.status_code == 302, text_of(decided)
    course.refresh_from_db()
    assert course.status == "eligible"


def test_a_decision_without_a_valid_credential_is_refused_and_stays_typed() -> None:
    course = a_course(status="referred")
    assessment = Assessment.objects.create(
        course=course, assessed_on=TODAY, recorded_at=at(9)
    )
    lapsed = a_clinician("Dr. Past", valid_until=TODAY - timedelta(days=1))
    answer = a_client(CLINICIAN).post(
        f"/courses/{course.pk}/assessments/{assessment.pk}/decide/",
        {"decision": "eligible", "decided_by": lapsed.pk, "valid_until": "2026-09-09"},
    )
    assert "no valid prescriber credential" in text_of(answer)
    assert 'value="2026-09-09"' in answer.content.decode()


def test_only_who_may_decide_is_offered_and_a_decider_finds_their_own_name() -> None:
    course = a_course(status="referred")
    Assessment.objects.create(course=course, assessed_on=TODAY, recorded_at=at(9))
    client = a_client(CLINICIAN)
    user = User.objects.get()
    own = a_clinician("Dr. Own", user=user)
    a_clinician("Nurse Nu", can=("monitoring-nurse",))
    a_clinician("Dr. Past", valid_until=TODAY - timedelta(days=1))
    page = client.get(f"/courses/{course.pk}/")
    assert fields_of(page)["decided_by"] == str(own.pk)
    assert "Dr. Own" in text_of(page)
    assert "Nurse Nu" not in text_of(page)
    assert "Dr. Past" not in text_of(page)


def test_stopping_a_course_needs_a_reason_and_cancels_what_is_to_come() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    course = visit.session.course
    client = a_client(FRONT_DESK)
    empty = client.post(f"/courses/{course.pk}/stop/", {"reason": ""})
    assert "required" in text_of(empty)
    unsure = client.post(f"/courses/{course.pk}/stop/", {"reason": "Moved away"})
    assert "Tick the box to confirm" in text_of(unsure)
    assert "Cancel the 1 visit to come as well" in text_of(unsure)
    sure = {"reason": "Moved away", "cancels": 1}
    client.post(f"/courses/{course.pk}/stop/", sure)
    course.refresh_from_db()
    visit.refresh_from_db()
    assert (course.status, visit.status) == ("stopped_early", "cancelled")


def test_all_holds_of_a_course_are_confirmed_with_one_button() -> None:
    clinic = a_clinic()
    visit = hold(an_approved_session(), clinic.site, at(9, day=1))
    a_client(FRONT_DESK).post(f"/courses/{visit.session.course_id}/confirm/")
    visit.refresh_from_db()
    assert visit.status == "booked"


# --- one session, one appointment -------------------------------------------------


def test_a_session_is_booked_at_an_offered_time() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    client = a_client(FRONT_DESK)
    address = f"/sessions/{session.pk}/place/"
    assert "Mon, May 4" in text_of(client.get(address))
    client.post(
        address,
        {"site": clinic.site.pk, "on": TODAY + timedelta(days=1), "at": "10:15"},
    )
    booked = Appointment.objects.get()
    assert (booked.status, booked.starts_at) == ("booked", at(10, 15, day=1))


def test_without_an_assessment_a_dose_is_refused_with_the_way_out_and_can_be_held() -> (
    None
):
    clinic = a_clinic()
    session = a_session()
    form = {"site": clinic.site.pk, "on": TODAY + timedelta(days=1), "at": "10:15"}
    client = a_client(FRONT_DESK)
    refused = client.post(f"/sessions/{session.pk}/place/", form)
    assert "assessment" in text_of(refused)
    assert not Appointment.objects.exists()
    client.post(f"/sessions/{session.pk}/place/", {**form, "hold_days": 3})
    assert Appointment.objects.get().status == "held"


def test_a_time_off_the_grid_or_taken_is_refused_and_nothing_moves() -> None:
    clinic = a_clinic(chairs=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    other = book(
        an_approved_session(a_patient("Bo", "Lund")), clinic.site, at(13, day=1)
    )
    answer = a_client(FRONT_DESK).post(
        f"/appointments/{other.pk}/move/",
        {
            "site": clinic.site.pk,
            "on": TODAY + timedelta(days=1),
            "at": "09:30",
            "revision": other.revision,
        },
    )
    assert answer.status_code == 200
    assert clinic.chairs[0].name in text_of(answer)
    other.refresh_from_db()
    assert other.starts_at == at(13, day=1)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2027-03-14", "The clocks skip 02:30"),
        ("2026-11-01", "The clocks show 01:30"),
    ],
)
def test_a_local_time_that_the_clock_skips_or_repeats_is_refused_with_a_way_out(
    day: str, sentence: str
) -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    answer = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/move/",
        {
            "site": clinic.site.pk,
            "on": day,
            "at": sentence[-5:],
            "revision": visit.revision,
        },
    )
    assert sentence in text_of(answer)


def test_moving_shows_the_new_time_and_a_stale_page_is_refused() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    form = {
        "site": clinic.site.pk,
        "on": TODAY + timedelta(days=2),
        "at": "11:00",
        "revision": visit.revision,
    }
    client = a_client(FRONT_DESK)
    moved = client.post(f"/appointments/{visit.pk}/move/", form)
    assert moved.status_code == 302
    visit.refresh_from_db()
    assert visit.starts_at == at(11, day=2)
    stale = client.post(f"/appointments/{visit.pk}/move/", {**form, "at": "12:00"})
    assert "changed after you opened it" in text_of(stale)


def test_cancelling_asks_for_a_reason_and_restoring_leads_to_the_new_row() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    client = a_client(FRONT_DESK)
    address = f"/appointments/{visit.pk}/cancel/"
    unsaid = client.post(address, {"revision": visit.revision, "reason": " "})
    assert "This field is required" in text_of(unsaid)
    client.post(address, {"revision": visit.revision, "reason": "Patient is ill"})
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_reason) == ("cancelled", "Patient is ill")
    restored = client.post(
        f"/appointments/{visit.pk}/restore/", {"revision": visit.revision}
    )
    again = Appointment.objects.live().get()
    assert restored["Location"] == f"/appointments/{again.pk}/"
    assert "booked again" in " ".join(said(restored))


@pytest.mark.parametrize("reason", ["", "Train was late"])
def test_a_no_show_is_marked_with_its_reason_or_without(reason: str) -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(10))
    client = a_client(FRONT_DESK)
    page = f"/appointments/{visit.pk}/"
    assert "Only staff see it. Use neutral words" in text_of(client.get(page))
    with time_machine.travel(at(10, 30), tick=False):
        client.post(f"{page}no-show/", {"revision": visit.revision, "reason": reason})
        words = text_of(client.get(page))
    visit.refresh_from_db()
    assert visit.status == "no_show"
    assert ("No-show by user-front-desk: Train was late" in words) == bool(reason)


def test_a_reason_that_is_too_long_comes_back_beside_its_own_button() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9))
    form = {"revision": visit.revision, "reason": "x" * 201}
    answer = a_client(FRONT_DESK).post(f"/appointments/{visit.pk}/no-show/", form)
    assert "at most 200 characters" in text_of(answer)
    assert answer.content.decode().count("x" * 201) == 1
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_the_appointments_page_lists_claims_and_what_happened() -> None:
    clinic = a_clinic(chairs=1)
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    page = text_of(a_client(FRONT_DESK).get(f"/appointments/{visit.pk}/"))
    assert f"chair {clinic.chairs[0].name} 09:00 11:30" in page
    assert "Booked by front desk in tests" in page
    assert "Tuesday, May 5, 2026, 09:00" in page


# --- closures -----------------------------------------------------------------------


def test_a_closure_over_booked_visits_is_refused_until_it_is_meant() -> None:
    clinic = a_clinic(chairs=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    form = {
        "site": clinic.site.pk,
        "resource": clinic.chairs[0].pk,
        "from_on": TODAY + timedelta(days=1),
        "from_at": "08:00",
        "until_on": TODAY + timedelta(days=1),
        "until_at": "12:00",
        "reason": "Repair",
    }
    client = a_client(MANAGER)
    refused = client.post("/closures/new/", form)
    assert "Vega, Ana" in text_of(refused)
    link = f'<a href="/appointments/{Appointment.objects.get().pk}/">Open it</a>'
    assert link in refused.content.decode()
    assert 'type="checkbox" name="despite_appointments"' in refused.content.decode()
    assert not Closure.objects.exists()
    client.post("/closures/new/", {**form, "despite_appointments": "on"})
    assert Closure.objects.get().starts_at == at(8, day=1)


def test_a_resource_is_closed_on_the_clock_of_its_own_site_whichever_is_shown() -> None:
    shown, elsewhere = a_site(), a_site("Westlake", zone="Europe/London")
    chair = a_chair(elsewhere, name="Chair 1")
    client = a_client(MANAGER)
    assert "Chair 1 (Westlake)" in text_of(client.get("/closures/new/"))
    client.post(
        "/closures/new/",
        {
            "site": shown.pk,
            "resource": chair.pk,
            "from_on": TODAY,
            "from_at": "09:00",
            "until_on": TODAY,
            "until_at": "10:00",
            "reason": "Repair",
        },
    )
    # Nine in London's summer.
    assert Closure.objects.get().starts_at == at(4)
    assert "Chair 1 (Westlake)" in text_of(client.get("/scheduler/closure/"))


def test_a_closure_that_ends_before_it_starts_is_refused() -> None:
    site = a_site()
    answer = a_client(MANAGER).post(
        "/closures/new/",
        {
            "site": site.pk,
            "from_on": TODAY,
            "from_at": "12:00",
            "until_on": TODAY,
            "until_at": "08:00",
            "reason": "Mistake",
        },
    )
    assert "must end after it starts" in text_of(answer)


def test_a_call_or_integration_visit_needs_no_assessment() -> None:
    clinic = a_clinic()
    session = a_session(visit_type=an_integration())
    a_client(FRONT_DESK).post(
        f"/sessions/{session.pk}/place/",
        {"site": clinic.site.pk, "on": TODAY + timedelta(days=1), "at": "10:00"},
    )
    assert Appointment.objects.get().status == "booked"
