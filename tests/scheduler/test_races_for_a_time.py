"""Many people book at the same instant: one gets the time, the others a sentence."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from courses.errors import Contended, Refused
from courses.models import Session
from courses.transactions import action
from scheduler.actions.close_time import close_time
from scheduler.errors import ClosureHitsAppointments, NotFree, SlotTaken
from scheduler.models import Appointment, AppointmentEvent, Claim, Resource
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_chair,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    an_eligible_assessment,
    an_infusion,
    at,
)
from tests.desk import an_approved_session, book, hold
from tests.racing import (
    PATIENCE_SECONDS,
    Crowd,
    deadlocks,
    double_claims,
    guard_removed,
    race,
    refusals,
    winners,
)

BOOKERS = 32
ROUNDS = 30
NO_DOUBLE_CLAIM = "claim_unit_held_by_one_appointment_at_a_time"

pytestmark = pytest.mark.django_db(transaction=True)


def _courses_to_book() -> list[Session]:
    sessions = []
    for number in range(BOOKERS):
        course = a_course(a_patient("Ana", f"Vega {number}"))
        an_eligible_assessment(course)
        sessions.append(a_session(course))
    return sessions


def _sessions_of_a_round(first: list[Session], number: int) -> list[Session]:
    return Session.objects.bulk_create(
        Session(
            course=session.course,
            visit_type=session.visit_type,
            label="Infusion",
            position=number,
        )
        for session in first
    )


def _weekday(number: int) -> int:
    """The number-th working day after today, as days from today (a Monday)."""
    return 1 + number + 2 * ((number + 1) // 5)


def _everybody_books(
    crowd: Crowd, clinic: Clinic, sessions: list[Session], day: int
) -> list[object]:
    return crowd.all_at_once(
        [
            partial(book, session, clinic.site, at(9, 15 * (number % 4), day=day))
            for number, session in enumerate(sessions)
        ]
    )


def test_of_32_bookers_of_overlapping_times_one_gets_the_only_chair() -> None:
    clinic = a_clinic(chairs=1)
    first = _courses_to_book()
    before = deadlocks()
    with Crowd(BOOKERS) as crowd:
        for number in range(ROUNDS):
            sessions = _sessions_of_a_round(first, number + 1)
            outcomes = _everybody_books(crowd, clinic, sessions, _weekday(number))
            assert len(winners(outcomes)) == 1
            assert refusals(outcomes) <= {NotFree, SlotTaken}
    assert double_claims() == 0
    assert deadlocks() == before
    assert Appointment.objects.count() == ROUNDS
    assert AppointmentEvent.objects.count() == ROUNDS
    # Chair, nurse one-to-one, nurse in recovery, prescriber twice: nothing half done.
    assert Claim.objects.count() == ROUNDS * 6


def test_bookers_that_share_several_chairs_and_nurses_never_share_a_unit() -> None:
    clinic = a_clinic(chairs=3, nurses=2)
    first = _courses_to_book()
    before = deadlocks()
    with Crowd(BOOKERS) as crowd:
        for number in range(5):
            sessions = _sessions_of_a_round(first, number + 1)
            outcomes = _everybody_books(crowd, clinic, sessions, _weekday(number))
            assert len(winners(outcomes)) >= 2
    assert double_claims() == 0
    assert deadlocks() == before
    assert Claim.objects.count() == Appointment.objects.count() * 6


def test_a_double_click_books_once() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    click = partial(book, session, clinic.site, at(9, day=1))
    outcomes = race(*[click] * 8)
    assert len(winners(outcomes)) == 1
    assert Appointment.objects.count() == 1
    assert Claim.objects.count() == 6


def test_two_sessions_of_a_patient_never_get_the_same_time() -> None:
    clinic = a_clinic(chairs=2, nurses=2)
    session = an_approved_session()
    other = a_session(session.course)
    outcomes = race(
        partial(book, session, clinic.site, at(9, day=1)),
        partial(hold, other, clinic.site, at(9, 30, day=1)),
    )
    assert len(winners(outcomes)) == 1


def test_a_closure_and_a_booking_never_both_have_the_time() -> None:
    clinic = a_clinic(chairs=1)
    session = an_approved_session()
    for number in range(10):
        start = at(9, day=_weekday(number))
        placed = _sessions_of_a_round([session], number + 1)[0]
        outcomes = race(
            partial(book, placed, clinic.site, start),
            partial(
                close_time,
                resource=clinic.chairs[0],
                starts_at=start + timedelta(minutes=145),
                ends_at=start + timedelta(minutes=160),
                reason="Repair",
                actor=DESK,
                now=NOW,
            ),
        )
        assert len(winners(outcomes)) == 1
        assert refusals(outcomes) <= {NotFree, ClosureHitsAppointments}


def _claim_after_a_look(
    resource: Resource, appointment: Appointment, everybody_looked: threading.Barrier
) -> Claim:
    """What a booking without locks does: look whether it is free, then take it."""
    starts_at, ends_at = appointment.starts_at, appointment.ends_at
    taken = Claim.objects.live().filter(resource=resource)
    is_free = not taken.overlapping(starts_at, ends_at).exists()
    everybody_looked.wait(PATIENCE_SECONDS)
    if not is_free:
        raise NotFree
    return _take(resource, appointment)


@action
def _take(resource: Resource, appointment: Appointment) -> Claim:
    return Claim.objects.create(
        appointment=appointment,
        resource=resource,
        unit=0,
        party="chair",
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
    )


def _careless_bookers(number: int) -> list[Callable[[], Claim]]:
    chair = a_chair(a_site())
    everybody_looked = threading.Barrier(number)
    visit_type = an_infusion()
    bookers: list[Callable[[], Claim]] = []
    for each in range(number):
        session = a_session(a_course(a_patient("Ana", f"Vega {each}")), visit_type)
        appointment = an_appointment(session, site=chair.site)
        bookers.append(
            partial(_claim_after_a_look, chair, appointment, everybody_looked)
        )
    return bookers


def test_the_database_alone_lets_one_of_many_careless_bookers_through() -> None:
    outcomes = race(*_careless_bookers(8))
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) <= _said_to_the_careless()
    assert double_claims() == 0


def _said_to_the_careless() -> set[type[Refused]]:
    """Without locks PostgreSQL breaks up deadlocks, for some more often than we retry.

    That is why every action locks resources first; its bookers never hear of it.
    """
    if connection.vendor == "postgresql":
        return {SlotTaken, Contended}
    return {SlotTaken}


def test_without_the_guard_the_same_bookers_take_one_chair_twice() -> None:
    with guard_removed(NO_DOUBLE_CLAIM, "scheduler_claim"):
        outcomes = race(*_careless_bookers(8))
        assert len(winners(outcomes)) == 8
        assert double_claims() > 0
    with transaction.atomic():
        assert double_claims() == 0
