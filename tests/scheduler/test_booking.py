"""Holding and booking: what is claimed, what is written down, what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from courses.errors import BadInput, CourseNotReady, Refused, SessionClosed
from courses.models import Session
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.errors import NotFree, SessionAlreadyPlaced, TransitionRefused
from scheduler.models import Appointment, AppointmentEvent, Claim, Closure
from tests.builders import (
    DESK,
    NOW,
    a_clinic,
    a_course,
    a_nurse,
    a_patient,
    a_session,
    a_therapist,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book, claimed, hold, move

pytestmark = pytest.mark.django_db


def test_an_infusion_claims_chair_nurse_and_prescriber_for_their_own_minutes() -> None:
    clinic = a_clinic(chairs=1)
    appointment = book(an_approved_session(), clinic.site, at(9, day=1))
    assert appointment.status == "booked"
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=130)
    nurse = clinic.nurses[0]
    assert claimed(appointment) == {
        (clinic.chairs[0], 0, 0, 150),
        (nurse, 0, 0, 60),
        (nurse, 1, 0, 60),
        (nurse, 0, 60, 70),
        (clinic.prescriber, 0, 20, 10),
        (clinic.prescriber, 0, 125, 5),
    }


def test_booking_writes_one_event_with_the_first_revision() -> None:
    clinic = a_clinic()
    appointment = book(an_approved_session(), clinic.site, at(9, day=1))
    event = AppointmentEvent.objects.get()
    assert (event.appointment, event.kind) == (appointment, "booked")
    assert (event.from_status, event.to_status) == ("", "booked")
    assert (event.revision, event.sequence) == (0, 0)
    assert (event.actor, event.actor_label) == (None, DESK.label)
    assert event.occurred_at == NOW
    assert event.details["site"] == clinic.site.code


def test_a_nurse_in_recovery_with_one_patient_can_start_no_other_one_to_one() -> None:
    clinic = a_clinic(chairs=2, nurses=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    other = an_approved_session(a_patient("Ben", "Ito"))
    with pytest.raises(NotFree):
        book(other, clinic.site, at(10, day=1))
    # The first patient's recovery ends 130 minutes after nine.
    assert book(other, clinic.site, at(11, 15, day=1))


def test_a_nurse_with_three_units_watches_one_recovery_and_starts_another() -> None:
    clinic = a_clinic(chairs=2, nurses=0)
    nurse = a_nurse(clinic.site, capacity=3)
    book(an_approved_session(), clinic.site, at(9, day=1))
    second = book(
        an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(10, day=1)
    )
    assert {(nurse, 1, 0, 60), (nurse, 2, 0, 60)} < claimed(second)


def test_the_next_patient_takes_the_chair_the_minute_it_is_turned_over() -> None:
    clinic = a_clinic(chairs=1, nurses=2)
    book(an_approved_session(), clinic.site, at(9, day=1))
    other = an_approved_session(a_patient("Ben", "Ito"))
    with pytest.raises(NotFree):
        book(other, clinic.site, at(11, 15, day=1))
    assert book(other, clinic.site, at(11, 30, day=1))


def test_the_chosen_people_and_things_are_taken() -> None:
    clinic = a_clinic(chairs=2)
    nurse = a_nurse(clinic.site)
    chosen = {
        "chair": clinic.chairs[1].pk,
        "nurse": nurse.pk,
        "prescriber": clinic.prescriber.pk,
    }
    appointment = book(an_approved_session(), clinic.site, at(9, day=1), chosen=chosen)
    resources = {resource for resource, *_ in claimed(appointment)}
    assert resources == {clinic.chairs[1], nurse, clinic.prescriber}


def test_a_choice_that_is_taken_is_refused_even_when_another_is_free() -> None:
    clinic = a_clinic(chairs=2, nurses=2)
    chosen = {"chair": clinic.chairs[0].pk}
    book(an_approved_session(), clinic.site, at(9, day=1), chosen=chosen)
    with pytest.raises(NotFree):
        book(
            an_approved_session(a_patient("Ben", "Ito")),
            clinic.site,
            at(9, 45, day=1),
            chosen=chosen,
        )


def test_a_thing_that_cannot_serve_is_refused_although_it_was_chosen() -> None:
    clinic = a_clinic(rooms=1)
    with pytest.raises(NotFree):
        book(
            an_approved_session(),
            clinic.site,
            at(9, day=1),
            chosen={"chair": clinic.rooms[0].pk},
        )


def test_an_integration_is_with_the_therapist_of_the_course() -> None:
    clinic = a_clinic()
    own = a_therapist(clinic.site)
    course = a_course(therapist=own.clinician)
    appointment = book(a_session(course, an_integration()), clinic.site, at(9, day=1))
    assert own in {resource for resource, *_ in claimed(appointment)}


def test_an_integration_waits_for_its_own_therapist_although_another_is_free() -> None:
    clinic = a_clinic(rooms=2)
    own = a_therapist(clinic.site)
    first = a_course(therapist=own.clinician)
    second = a_course(a_patient("Ben", "Ito"), therapist=own.clinician)
    book(a_session(first, an_integration()), clinic.site, at(9, day=1))
    with pytest.raises(NotFree, match=own.name):
        book(a_session(second, an_integration()), clinic.site, at(9, day=1))


def test_a_credential_that_ended_the_day_before_serves_no_more() -> None:
    clinic = a_clinic()
    assert clinic.prescriber.clinician
    credential = clinic.prescriber.clinician.credentials.get()
    credential.valid_until = date(2026, 5, 5)
    credential.save()
    with pytest.raises(NotFree):
        book(an_approved_session(), clinic.site, at(9, day=2))
    last_day = an_approved_session(a_patient("Ben", "Ito"))
    assert book(last_day, clinic.site, at(9, day=1))


def test_nobody_works_outside_hours() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    # The chair closes at six and is needed for 150 minutes.
    with pytest.raises(NotFree):
        book(session, clinic.site, at(15, 45, day=1))
    with pytest.raises(NotFree):
        book(session, clinic.site, at(9, day=5))
    assert book(session, clinic.site, at(15, 30, day=1))


def test_closed_time_is_not_booked() -> None:
    clinic = a_clinic(chairs=1)
    Closure.objects.create(
        resource=clinic.chairs[0],
        starts_at=at(11, 25, day=1),
        ends_at=at(12, day=1),
        reason="Repair",
    )
    session = an_approved_session()
    with pytest.raises(NotFree):
        book(session, clinic.site, at(9, day=1))
    assert book(session, clinic.site, at(12, day=1))


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (at(8, 45), "past"),
        (at(9, 7, day=1), "every 15 minutes"),
        (at(9, day=1) + timedelta(seconds=1), "every 15 minutes"),
    ],
)
def test_a_start_in_the_past_or_off_the_grid_is_refused(
    starts_at: datetime, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        book(an_approved_session(), a_clinic().site, starts_at)


@pytest.mark.parametrize("status", ["done", "omitted", "in_progress"])
def test_a_session_that_is_over_is_not_placed(status: str) -> None:
    clinic = a_clinic()
    session = an_approved_session()
    Session.objects.filter(pk=session.pk).update(status=status)
    with pytest.raises(SessionClosed):
        book(session, clinic.site, at(9, day=1))


def test_a_course_that_has_ended_gets_no_appointment() -> None:
    session = a_session(a_course(status="completed"))
    with pytest.raises(CourseNotReady):
        hold(session, a_clinic().site, at(9, day=1))


def test_a_placed_session_is_moved_and_not_placed_again() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    book(session, clinic.site, at(9, day=1))
    with pytest.raises(SessionAlreadyPlaced):
        book(session, clinic.site, at(9, day=2))
    assert Appointment.objects.count() == 1
    assert Claim.objects.count() == 6


def test_a_patient_is_not_booked_into_two_places_at_once() -> None:
    clinic = a_clinic(chairs=2, nurses=2)
    session = an_approved_session()
    book(session, clinic.site, at(9, day=1))
    with pytest.raises(Refused, match="patient"):
        book(a_session(session.course, an_integration()), clinic.site, at(10, day=1))


def test_a_hold_keeps_its_time_from_others() -> None:
    clinic = a_clinic(chairs=1)
    held = hold(an_approved_session(), clinic.site, at(9, day=1))
    assert held.status == "held"
    assert held.hold_expires_at == NOW + timedelta(days=2)
    with pytest.raises(NotFree):
        book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(9, day=1))


def test_a_hold_that_would_expire_at_once_is_refused() -> None:
    with pytest.raises(BadInput):
        hold(an_approved_session(), a_clinic().site, at(9, day=1), days=0)


def _confirm(held: Appointment, *, now: datetime = NOW) -> Appointment:
    return confirm_appointment(
        appointment=held, revision=held.revision, actor=DESK, now=now
    )


def test_a_confirmed_hold_is_booked_and_expires_no_more() -> None:
    held = hold(an_approved_session(), a_clinic().site, at(9, day=1))
    confirmed = _confirm(held)
    assert (confirmed.status, confirmed.hold_expires_at) == ("booked", None)
    assert (confirmed.revision, confirmed.sequence) == (1, 1)
    assert list(
        AppointmentEvent.objects.order_by("pk").values_list(
            "kind", "from_status", "to_status", "revision"
        )
    ) == [("held", "", "held", 0), ("confirmed", "held", "booked", 1)]


def test_a_hold_is_not_confirmed_on_the_very_instant_it_expires() -> None:
    held = hold(an_approved_session(), a_clinic().site, at(9, day=3))
    assert held.hold_expires_at
    with pytest.raises(TransitionRefused, match="expired"):
        _confirm(held, now=held.hold_expires_at)
    assert _confirm(held, now=held.hold_expires_at - timedelta(microseconds=1))


def _book_something_taken() -> None:
    clinic = a_clinic(chairs=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(9, day=1))


def _move_onto_something_taken() -> None:
    clinic = a_clinic(chairs=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    later = book(
        an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(9, day=2)
    )
    move(later, at(9, day=1))


@pytest.mark.parametrize("attempt", [_book_something_taken, _move_onto_something_taken])
def test_a_refusal_names_what_is_taken_and_leaves_nothing_behind(
    attempt: Callable[[], None],
) -> None:
    with pytest.raises(NotFree) as refused:
        attempt()
    assert any("taken" in refusal.sentence for refusal in refused.value.refusals)
    assert all(refusal.rule for refusal in refused.value.refusals)
    appointments = Appointment.objects.count()
    assert Claim.objects.live().count() == appointments * 6
    assert AppointmentEvent.objects.count() == appointments


def test_a_visit_lies_on_its_own_local_day_in_every_zone() -> None:
    clinic = a_clinic(zone="Pacific/Auckland")
    session = an_approved_session()
    an_eligible_assessment(session.course)
    # Wednesday 09:00 in Auckland is still Tuesday in UTC.
    appointment = book(session, clinic.site, datetime(2026, 5, 5, 21, tzinfo=UTC))
    assert str(appointment).endswith("Wed May 6, 2026 09:00")
