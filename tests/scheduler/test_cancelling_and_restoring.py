"""Cancelling frees the time at once; restoring makes a new appointment of its own."""

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.errors import BadInput, SessionClosed
from courses.models import Course, Session
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.actions.stop_course import stop_course
from scheduler.errors import (
    NotFree,
    SessionAlreadyPlaced,
    StaleAppointment,
    TransitionRefused,
)
from scheduler.models import Appointment, AppointmentEvent, Claim
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
from tests.desk import an_approved_session, book, cancel, claimed, hold, move

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


def _restore(appointment: Appointment) -> Appointment:
    return restore_appointment(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=NOW
    )


def test_a_cancelled_appointment_keeps_its_rows_and_frees_its_time(
    clinic: Clinic,
) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    cancelled = cancel(booked, reason=" Patient is ill ")
    cancelled.refresh_from_db()
    assert (cancelled.status, cancelled.cancel_reason) == (
        "cancelled",
        "Patient is ill",
    )
    assert (cancelled.sequence, cancelled.revision) == (1, 1)
    assert Claim.objects.filter(is_live=False).count() == 6
    event = AppointmentEvent.objects.get(kind="cancelled")
    assert (event.from_status, event.to_status) == ("booked", "cancelled")
    assert event.details["reason"] == "Patient is ill"
    assert book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(9, day=1))


def test_the_session_of_a_cancelled_appointment_may_be_placed_again(
    clinic: Clinic,
) -> None:
    session = an_approved_session()
    cancel(book(session, clinic.site, at(9, day=1)))
    assert book(session, clinic.site, at(9, day=2)).sequence == 0


@pytest.mark.parametrize("reason", ["", "   "])
def test_cancelling_needs_a_reason(clinic: Clinic, reason: str) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    with pytest.raises(BadInput):
        cancel(booked, reason=reason)
    assert Appointment.objects.get().status == "booked"


def test_cancelling_twice_is_refused_as_stale(clinic: Clinic) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    page = Appointment.objects.get(pk=booked.pk)
    cancel(booked)
    with pytest.raises(StaleAppointment):
        cancel(page)
    assert AppointmentEvent.objects.filter(kind="cancelled").count() == 1


def _two_doses_with_their_pairs(clinic: Clinic) -> Course:
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    choose_protocol(course=course, protocol=a_protocol(doses=2), actor=DESK, now=NOW)
    for code, day in {"D1": 1, "INT1": 2, "D2": 3, "INT2": 4}.items():
        book(course.sessions.get(step__code=code), clinic.site, at(9, day=day))
    return course


def _statuses(course: Course) -> dict[str, str]:
    rows = Appointment.objects.filter(session__course=course)
    return dict(rows.values_list("session__step__code", "status"))


def _of(course: Course, code: str) -> Appointment:
    return Appointment.objects.get(session__course=course, session__step__code=code)


def test_a_cancelled_dose_takes_its_own_pair_with_it(clinic: Clinic) -> None:
    course = _two_doses_with_their_pairs(clinic)
    cancel(_of(course, "D1"))
    assert _statuses(course) == {
        "D1": "cancelled",
        "INT1": "cancelled",
        "D2": "booked",
        "INT2": "booked",
    }
    assert AppointmentEvent.objects.filter(kind="cancelled").count() == 2
    assert "D1" in _of(course, "INT1").cancel_reason


def test_a_dose_is_cancelled_alone_when_asked(clinic: Clinic) -> None:
    course = _two_doses_with_their_pairs(clinic)
    dose = _of(course, "D1")
    cancel_appointment(
        appointment=dose,
        revision=dose.revision,
        reason="Nausea",
        with_pair=False,
        actor=DESK,
        now=NOW,
    )
    assert _statuses(course)["INT1"] == "booked"


def test_a_cancelled_pair_leaves_its_dose(clinic: Clinic) -> None:
    course = _two_doses_with_their_pairs(clinic)
    cancel(_of(course, "INT1"))
    assert _statuses(course)["D1"] == "booked"


def test_a_pair_that_is_over_stays_when_its_dose_is_cancelled(clinic: Clinic) -> None:
    course = _two_doses_with_their_pairs(clinic)
    Appointment.objects.filter(pk=_of(course, "INT1").pk).update(
        status="completed", sequence=1, revision=1
    )
    cancel(_of(course, "D1"))
    assert _statuses(course)["INT1"] == "completed"


def test_a_restored_dose_brings_back_what_was_cancelled_with_it(
    clinic: Clinic,
) -> None:
    course = _two_doses_with_their_pairs(clinic)
    dose, pair = _of(course, "D1"), _of(course, "INT1")
    before = claimed(pair)
    restored = _restore(cancel(dose))
    again = pair.restored_as.get()
    assert (restored.status, again.status) == ("booked", "booked")
    assert again.starts_at == pair.starts_at
    assert claimed(again) == before


def test_a_restored_dose_comes_back_alone_when_asked(clinic: Clinic) -> None:
    course = _two_doses_with_their_pairs(clinic)
    cancelled, pair = cancel(_of(course, "D1")), _of(course, "INT1")
    restore_appointment(
        appointment=cancelled,
        revision=cancelled.revision,
        with_pair=False,
        actor=DESK,
        now=NOW,
    )
    assert not pair.restored_as.exists()


def test_a_dose_comes_back_although_the_time_of_its_pair_is_gone(
    clinic: Clinic,
) -> None:
    course = _two_doses_with_their_pairs(clinic)
    cancelled, pair = cancel(_of(course, "D1")), _of(course, "INT1")
    other = a_session(a_course(a_patient("Ben", "Ito")), an_integration())
    book(other, clinic.site, pair.starts_at)
    assert _restore(cancelled).status == "booked"
    assert not pair.restored_as.exists()


def test_what_was_cancelled_by_itself_does_not_come_back_with_its_dose(
    clinic: Clinic,
) -> None:
    course = _two_doses_with_their_pairs(clinic)
    pair = cancel(_of(course, "INT1"))
    _restore(cancel(_of(course, "D1")))
    assert not pair.restored_as.exists()


def test_a_restored_appointment_is_a_new_one_with_a_uid_of_its_own(
    clinic: Clinic,
) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    before = claimed(booked)
    cancelled = cancel(booked)
    restored = _restore(cancelled)
    assert restored.pk != cancelled.pk
    assert restored.uid != cancelled.uid
    assert (restored.sequence, restored.revision) == (0, 0)
    assert restored.restores == cancelled
    assert (restored.starts_at, restored.status) == (at(9, day=1), "booked")
    assert claimed(restored) == before
    old = Appointment.objects.get(pk=cancelled.pk)
    assert (old.status, old.sequence, old.revision) == ("cancelled", 1, 1)
    event = AppointmentEvent.objects.get(kind="restored")
    assert (event.appointment, event.to_status) == (restored, "booked")


def test_a_restored_hold_is_a_hold_again(clinic: Clinic) -> None:
    restored = _restore(cancel(hold(an_approved_session(), clinic.site, at(9, day=1))))
    assert restored.status == "held"
    assert restored.hold_expires_at
    assert restored.hold_expires_at > NOW


def test_nothing_is_restored_onto_a_time_that_was_taken_meanwhile(
    clinic: Clinic,
) -> None:
    cancelled = cancel(book(an_approved_session(), clinic.site, at(9, day=1)))
    book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(9, day=1))
    with pytest.raises(NotFree):
        _restore(cancelled)


def test_a_session_that_was_placed_again_meanwhile_is_not_restored(
    clinic: Clinic,
) -> None:
    session = an_approved_session()
    cancelled = cancel(book(session, clinic.site, at(9, day=1)))
    book(session, clinic.site, at(9, day=2))
    with pytest.raises(SessionAlreadyPlaced):
        _restore(cancelled)
    assert Appointment.objects.live().count() == 1


def test_restoring_twice_makes_one_appointment(clinic: Clinic) -> None:
    cancelled = cancel(book(an_approved_session(), clinic.site, at(9, day=1)))
    _restore(cancelled)
    with pytest.raises(SessionAlreadyPlaced):
        _restore(cancelled)
    assert Appointment.objects.live().count() == 1


def test_what_was_moved_before_it_was_cancelled_comes_back_where_it_last_was(
    clinic: Clinic,
) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    restored = _restore(cancel(move(booked, at(13, day=2))))
    assert restored.starts_at == at(13, day=2)


@pytest.mark.parametrize(
    "status",
    ["held", "booked", "arrived", "in_session", "recovering", "completed", "no_show"],
)
def test_only_a_cancelled_or_expired_appointment_is_restored(status: str) -> None:
    with pytest.raises(TransitionRefused):
        _restore(an_appointment(an_approved_session(), status=status))


def test_stopping_a_course_frees_everything_to_come_and_keeps_what_was(
    clinic: Clinic,
) -> None:
    course = _two_doses_with_their_pairs(clinic)
    Appointment.objects.filter(pk=_of(course, "D1").pk).update(
        status="completed", sequence=1, revision=1
    )
    stop_course(course=course, reason="Moved away", actor=DESK, now=NOW)
    assert _statuses(course) == {
        "D1": "completed",
        "INT1": "cancelled",
        "D2": "cancelled",
        "INT2": "cancelled",
    }
    assert not Session.objects.filter(course=course, status="open").exists()
    with pytest.raises(SessionClosed):
        _restore(_of(course, "D2"))
