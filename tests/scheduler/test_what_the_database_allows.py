"""What the guards of the calendar let through, though it comes near to a breach."""

import pytest

from scheduler.models import Claim
from tests.builders import (
    a_chair,
    a_course,
    a_nurse,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    at,
)
from tests.raw_sql import insert_like, refusal_of, update

pytestmark = pytest.mark.django_db


def test_claims_back_to_back_fit() -> None:
    chair = a_chair(a_site())
    first = an_appointment(site=chair.site, claims=[(chair, 0)]).claims.get()
    later = an_appointment(
        a_session(a_course(a_patient("Ben", "Ito"))),
        site=chair.site,
        starts_at=first.ends_at,
    )
    statement = insert_like(
        first,
        appointment_id=later.pk,
        starts_at=first.ends_at,
        ends_at=later.ends_at,
    )
    assert refusal_of(statement) is None


def test_a_patient_may_go_from_one_appointment_straight_to_the_next() -> None:
    first = an_appointment()
    next_session = a_session(first.session.course)
    statement = insert_like(
        first,
        uid="another",
        session_id=next_session.pk,
        starts_at=first.ends_at,
        ends_at=at(20, day=1),
    )
    assert refusal_of(statement) is None


def test_a_nurse_with_two_units_watches_two_patients_and_no_third() -> None:
    nurse = a_nurse(a_site(), capacity=2)
    first = an_appointment(site=nurse.site, claims=[(nurse, 0)]).claims.get()
    second = an_appointment(
        a_session(a_course(a_patient("Ben", "Ito"))), site=nurse.site
    )
    third = an_appointment(a_session(a_course(a_patient("Cy", "Ode"))), site=nurse.site)
    assert refusal_of(insert_like(first, appointment_id=second.pk, unit=1)) is None
    for unit in (0, 1, 2):
        statement = insert_like(first, appointment_id=third.pk, unit=unit)
        assert refusal_of(statement) is not None


def test_claims_follow_their_appointment_when_it_ends_and_comes_back() -> None:
    chair = a_chair(a_site())
    appointment = an_appointment(site=chair.site, claims=[(chair, 0)])
    update(appointment, status="no_show", sequence=1, revision=1).run()
    assert not Claim.objects.get(appointment=appointment).is_live
    update(appointment, status="booked", sequence=2, revision=2).run()
    assert Claim.objects.get(appointment=appointment).is_live


def test_a_cancelled_appointment_leaves_its_time_to_others() -> None:
    chair = a_chair(a_site())
    gone = an_appointment(site=chair.site, claims=[(chair, 0)])
    update(gone, status="cancelled", sequence=1, revision=1).run()
    again = an_appointment(gone.session, site=chair.site, claims=[(chair, 0)])
    assert again.claims.live().count() == 1


def test_capacity_may_fall_when_only_the_past_used_the_unit() -> None:
    nurse = a_nurse(a_site(), capacity=2)
    an_appointment(
        site=nurse.site,
        starts_at=at(9, day=-3650),
        status="completed",
        claims=[(nurse, 1)],
    )
    assert refusal_of(update(nurse, capacity=1)) is None


def test_an_appointment_may_change_its_note_without_a_higher_sequence() -> None:
    assert refusal_of(update(an_appointment(), cancel_reason="Typo")) is None
