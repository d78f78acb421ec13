"""Moving: the same appointment and UID at another time, or nothing moved at all."""

from datetime import date, timedelta

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.actors import Actor
from courses.errors import BadInput, NotPermitted
from courses.models import Session
from scheduler.actions.close_time import close_time
from scheduler.actions.move_appointment import move_appointment
from scheduler.errors import NotFree, OutsideWindow, StaleAppointment, TransitionRefused
from scheduler.models import Appointment, AppointmentEvent, Claim, Resource
from scheduler.roles import CLINICIAN, FRONT_DESK
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_chair,
    a_clinic,
    a_clinician,
    a_course,
    a_patient,
    a_protocol,
    a_user,
    an_appointment,
    an_eligible_assessment,
    at,
    working_hours,
)
from tests.desk import an_approved_session, book, claimed, hold, move

pytestmark = pytest.mark.django_db


def test_a_moved_appointment_keeps_its_uid_and_raises_sequence_and_revision() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    uid = booked.uid
    moved = move(booked, at(13, day=2))
    moved.refresh_from_db()
    assert (moved.uid, moved.sequence, moved.revision) == (uid, 1, 1)
    assert (moved.starts_at, moved.ends_at) == (at(13, day=2), at(15, 10, day=2))
    assert moved.status == "booked"
    event = AppointmentEvent.objects.get(kind="moved")
    assert (event.revision, event.sequence) == (1, 1)
    assert event.details["before"]["starts_at"] == at(9, day=1).isoformat()
    assert event.details["after"]["starts_at"] == at(13, day=2).isoformat()


def test_the_claims_move_along_and_the_old_time_is_free_again() -> None:
    clinic = a_clinic(chairs=1)
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    before = claimed(booked)
    moved = move(booked, at(13, day=1))
    assert claimed(moved) == before
    assert Claim.objects.count() == 6
    other = an_approved_session(a_patient("Ben", "Ito"))
    assert book(other, clinic.site, at(9, day=1))


def test_a_move_by_a_quarter_of_an_hour_does_not_collide_with_itself() -> None:
    clinic = a_clinic(chairs=1)
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    assert move(booked, at(9, 15, day=1)).starts_at == at(9, 15, day=1)


def test_a_move_onto_a_taken_time_leaves_everything_where_it_was() -> None:
    clinic = a_clinic(chairs=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    later = book(
        an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(13, day=1)
    )
    with pytest.raises(NotFree):
        move(later, at(9, day=1))
    unmoved = Appointment.objects.get(pk=later.pk)
    assert (unmoved.starts_at, unmoved.revision) == (at(13, day=1), 0)
    assert len(claimed(unmoved)) == 6
    assert not AppointmentEvent.objects.filter(kind="moved").exists()


def test_other_people_at_the_same_time_is_no_news_for_calendars() -> None:
    clinic = a_clinic(chairs=2)
    booked = book(
        an_approved_session(),
        clinic.site,
        at(9, day=1),
        chosen={"chair": clinic.chairs[0].pk},
    )
    Appointment.objects.filter(pk=booked.pk).update(patient_response="accepted")
    moved = move(booked, at(9, day=1), chosen={"chair": clinic.chairs[1].pk})
    moved.refresh_from_db()
    assert (moved.revision, moved.sequence) == (1, 0)
    assert moved.patient_response == "accepted"
    assert AppointmentEvent.objects.filter(kind="restaffed").count() == 1
    assert clinic.chairs[1] in {resource for resource, *_ in claimed(moved)}


def test_a_new_time_asks_the_patient_anew() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    Appointment.objects.filter(pk=booked.pk).update(patient_response="accepted")
    assert move(booked, at(9, day=2)).patient_response == "needs_action"


def test_an_appointment_moves_to_another_site() -> None:
    here, there = a_clinic(), a_clinic(zone="America/Chicago")
    booked = book(an_approved_session(), here.site, at(9, day=1))
    moved = move_appointment(
        appointment=booked,
        revision=0,
        starts_at=at(10, day=1),
        site=there.site,
        actor=DESK,
        now=NOW,
    )
    assert moved.site == there.site
    assert {resource.site for resource, *_ in claimed(moved)} == {there.site}


def test_a_person_with_hours_at_two_sites_is_claimed_at_only_one_at_a_time() -> None:
    here, there = a_clinic(), a_clinic()
    working_hours(here.prescriber, site=there.site)
    there.prescriber.working_hours.all().delete()
    chosen = {"prescriber": here.prescriber.pk}
    book(an_approved_session(), here.site, at(9, day=1), chosen=chosen)
    with pytest.raises(NotFree):
        book(
            an_approved_session(a_patient("Ben", "Ito")),
            there.site,
            at(9, day=1),
            chosen=chosen,
        )


def test_a_stale_page_moves_nothing() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    page = Appointment.objects.get(pk=booked.pk)
    move(booked, at(9, day=2))
    with pytest.raises(StaleAppointment, match="Reload the page"):
        move(page, at(9, day=3))
    assert Appointment.objects.get().starts_at == at(9, day=2)


@pytest.mark.parametrize(
    "status",
    ["arrived", "in_session", "recovering", "completed", "cancelled", "no_show"],
)
def test_what_has_begun_or_is_over_does_not_move(status: str) -> None:
    chair = a_chair(a_clinic().site)
    appointment = an_appointment(an_approved_session(), site=chair.site, status=status)
    with pytest.raises(TransitionRefused):
        move(appointment, at(9, day=2))


def test_a_move_into_the_past_is_refused() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    with pytest.raises(BadInput):
        move(booked, at(8))


def _a_course_with_two_doses(clinic: Clinic) -> tuple[Session, Session]:
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    choose_protocol(course=course, protocol=a_protocol(doses=2), actor=DESK, now=NOW)
    sessions = course.sessions
    return sessions.get(step__code="D1"), sessions.get(step__code="D2")


def test_a_dose_outside_its_soft_window_is_booked_and_recorded_as_a_deviation() -> None:
    clinic = a_clinic()
    first, second = _a_course_with_two_doses(clinic)
    book(first, clinic.site, at(9, day=1))
    late = book(second, clinic.site, at(9, day=9))
    (deviation,) = AppointmentEvent.objects.get(appointment=late).details["deviations"]
    assert deviation["rule"] == "window.anchor"
    assert not deviation["is_hard"]


def _make_hard(session: Session) -> None:
    """The session's own bounds are always hard: May 7 alone is allowed."""
    session.earliest_on = session.latest_on = at(9, day=3).date()
    session.save(update_fields=["earliest_on", "latest_on"])


def test_a_hard_window_refuses_the_day() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    _make_hard(session)
    with pytest.raises(OutsideWindow) as refused:
        book(session, clinic.site, at(9, day=2))
    assert refused.value.refusals[0].is_hard
    booked = book(session, clinic.site, at(9, day=3))
    with pytest.raises(OutsideWindow):
        move(booked, at(9, day=4))


def _move_with_reason(booked: Appointment, actor: Actor) -> Appointment:
    return move_appointment(
        appointment=booked,
        revision=0,
        starts_at=at(9, day=4),
        override_reason="Patient travels",
        actor=actor,
        now=NOW,
    )


def _on_a_hard_day() -> Appointment:
    session = an_approved_session()
    _make_hard(session)
    return book(session, a_clinic().site, at(9, day=3))


def test_a_prescriber_overrides_a_hard_window_with_a_reason() -> None:
    booked = _on_a_hard_day()
    prescriber = a_user("kim", role=CLINICIAN)
    a_clinician("Dr. Kim", user=prescriber)
    moved = _move_with_reason(booked, Actor.staff(prescriber))
    event = AppointmentEvent.objects.get(appointment=moved, kind="moved")
    assert event.actor == prescriber
    assert event.details["override_reason"] == "Patient travels"
    assert event.details["deviations"][0]["is_hard"]


@pytest.mark.parametrize(
    ("role", "can", "last_day"),
    [
        (FRONT_DESK, "prescriber", None),
        (CLINICIAN, "monitoring-nurse", None),
        (CLINICIAN, "prescriber", TODAY - timedelta(days=1)),
    ],
)
def test_nobody_overrides_a_hard_window_without_being_a_prescriber_today(
    role: str, can: str, last_day: date | None
) -> None:
    booked = _on_a_hard_day()
    user = a_user("sam", role=role)
    a_clinician("Sam", can=[can], user=user, valid_until=last_day)
    for actor in (Actor.staff(user), DESK):
        with pytest.raises(NotPermitted, match="Only a prescriber"):
            _move_with_reason(booked, actor)
    booked.refresh_from_db()
    assert booked.starts_at == at(9, day=3)


def test_leave_to_be_on_one_wrong_day_is_no_leave_to_be_on_another() -> None:
    booked = _on_a_hard_day()
    prescriber = a_user("kim", role=CLINICIAN)
    a_clinician("Dr. Kim", user=prescriber)
    moved = _move_with_reason(booked, Actor.staff(prescriber))
    later = move(moved, at(11, day=4))
    with pytest.raises(OutsideWindow):
        move(later, at(9, day=7))


def test_every_move_outside_a_soft_window_is_recorded_anew() -> None:
    clinic = a_clinic()
    first, second = _a_course_with_two_doses(clinic)
    book(first, clinic.site, at(9, day=1))
    late = book(second, clinic.site, at(9, day=9))
    later = move(late, at(9, day=10))
    event = AppointmentEvent.objects.get(appointment=later, kind="moved")
    assert event.details["deviations"][0]["rule"] == "window.anchor"


def test_therapy_is_not_moved_to_before_its_own_dose() -> None:
    clinic = a_clinic()
    dose, _ = _a_course_with_two_doses(clinic)
    book(dose, clinic.site, at(9, day=2))
    therapy = book(
        dose.course.sessions.get(step__code="INT1"), clinic.site, at(9, day=3)
    )
    with pytest.raises(OutsideWindow, match="must come after D1"):
        move(therapy, at(9, day=1))
    therapy.refresh_from_db()
    assert therapy.starts_at == at(9, day=3)


def test_a_dose_is_not_moved_to_after_the_therapy_that_belongs_to_it() -> None:
    clinic = a_clinic()
    session, _ = _a_course_with_two_doses(clinic)
    dose = book(session, clinic.site, at(9, day=2))
    book(session.course.sessions.get(step__code="INT1"), clinic.site, at(9, day=3))
    with pytest.raises(OutsideWindow, match=r"D1 must come before INT1.*an earlier"):
        move(dose, at(12, day=3))


def test_a_move_to_where_it_is_already_changes_nothing() -> None:
    clinic = a_clinic()
    chosen = {"chair": clinic.chairs[1].pk}
    booked = book(an_approved_session(), clinic.site, at(9, day=1), chosen=chosen)
    before = claimed(booked)
    for again in (None, chosen):
        assert move(booked, at(9, day=1), chosen=again).revision == 0
    assert claimed(booked) == before
    assert list(booked.events.values_list("kind", flat=True)) == ["booked"]


def test_a_hold_moves_and_stays_a_hold() -> None:
    held = hold(an_approved_session(), a_clinic().site, at(9, day=1))
    moved = move(held, at(9, day=2))
    assert (moved.status, moved.hold_expires_at) == ("held", held.hold_expires_at)


def _fall_ill(person: Resource) -> None:
    close_time(
        resource=person,
        starts_at=at(0, day=1),
        ends_at=at(24, day=1),
        reason="Sick",
        despite_appointments=True,
        actor=DESK,
        now=NOW,
    )


def test_a_visit_whose_nurse_is_ill_keeps_its_time_with_another_nurse() -> None:
    clinic = a_clinic(nurses=2)
    ill, well = clinic.nurses
    booked = book(
        an_approved_session(), clinic.site, at(9, day=1), chosen={"nurse": ill.pk}
    )
    Appointment.objects.filter(pk=booked.pk).update(patient_response="accepted")
    _fall_ill(ill)
    restaffed = move(booked, at(9, day=1))
    restaffed.refresh_from_db()
    people = {resource for resource, *_ in claimed(restaffed)}
    assert well in people
    assert ill not in people
    assert (restaffed.uid, restaffed.sequence) == (booked.uid, 0)
    assert (restaffed.revision, restaffed.starts_at) == (1, at(9, day=1))
    assert restaffed.patient_response == "accepted"
    assert restaffed.events.get(revision=1).kind == "restaffed"


def test_others_may_serve_a_dose_that_no_assessment_clears_any_more() -> None:
    clinic = a_clinic(nurses=2)
    ill = clinic.nurses[0]
    session = an_approved_session()
    booked = book(session, clinic.site, at(9, day=1), chosen={"nurse": ill.pk})
    session.course.assessments.update(valid_until=TODAY)
    _fall_ill(ill)
    assert move(booked, at(9, day=1)).revision == 1


def test_where_nobody_else_is_free_a_visit_stays_with_whom_it_claims() -> None:
    clinic = a_clinic(nurses=1)
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    before = claimed(booked)
    _fall_ill(clinic.nurses[0])
    with pytest.raises(NotFree):
        move(booked, at(9, day=1))
    booked.refresh_from_db()
    assert (booked.revision, claimed(booked)) == (0, before)
