"""Statements that would give a unit of a resource to two appointments, or to none."""

from datetime import timedelta

from django.utils import timezone

from scheduler.models import Claim, Resource
from tests.builders import (
    a_chair,
    a_course,
    a_nurse,
    a_patient,
    a_session,
    a_site,
    an_appointment,
)
from tests.raw_sql import Statement, insert_like, replace, update

HOUR = timedelta(hours=1)


def _a_claim(resource: Resource, *, unit: int = 0) -> Claim:
    appointment = an_appointment(site=resource.site, claims=[(resource, unit)])
    return appointment.claims.get()


def _another_claim(taken: Claim, **about: object) -> Claim:
    """A claim on the same unit, of another patient, when the taken one has ended."""
    appointment = an_appointment(
        a_session(a_course(a_patient("Ben", "Ito"))),
        site=taken.resource.site,
        starts_at=taken.ends_at,
        claims=[(taken.resource, taken.unit)],
    )
    return appointment.claims.get()


# --- claim_unit_held_by_one_appointment_at_a_time ------------------------------


def a_second_claim_of_the_same_unit_and_time() -> Statement:
    return insert_like(_a_claim(a_chair(a_site())))


def a_claim_that_overlaps_by_a_minute() -> Statement:
    taken = _a_claim(a_chair(a_site()))
    late = taken.ends_at - timedelta(minutes=1)
    return insert_like(taken, starts_at=late, ends_at=late + HOUR)


def a_claim_that_surrounds_another() -> Statement:
    taken = _a_claim(a_chair(a_site()))
    return insert_like(
        taken, starts_at=taken.starts_at - HOUR, ends_at=taken.ends_at + HOUR
    )


def a_claim_inside_another() -> Statement:
    taken = _a_claim(a_chair(a_site()))
    return insert_like(
        taken,
        starts_at=taken.starts_at + timedelta(minutes=5),
        ends_at=taken.starts_at + timedelta(minutes=10),
    )


def a_claim_moved_over_another() -> Statement:
    taken = _a_claim(a_chair(a_site()))
    other = _another_claim(taken)
    return update(other, starts_at=other.starts_at - timedelta(minutes=1))


def a_claim_given_a_taken_resource() -> Statement:
    taken = _a_claim(a_chair(a_site()))
    free = _a_claim_elsewhere(taken)
    return update(free, resource_id=taken.resource_id)


def a_claim_given_a_taken_unit() -> Statement:
    nurse = a_nurse(a_site())
    first = _a_claim(nurse, unit=0)
    second = an_appointment(
        a_session(a_course(a_patient("Ben", "Ito"))),
        site=nurse.site,
        claims=[(nurse, 1)],
    )
    return update(second.claims.get(), unit=first.unit)


def an_appointment_revived_over_a_taken_claim() -> Statement:
    taken = _a_claim(a_chair(a_site()))
    missed = an_appointment(
        a_session(a_course(a_patient("Ben", "Ito"))),
        site=taken.resource.site,
        status="no_show",
        claims=[(taken.resource, taken.unit)],
    )
    return update(missed, status="booked", sequence=1, revision=1)


def _a_claim_elsewhere(taken: Claim) -> Claim:
    chair = a_chair(taken.resource.site)
    appointment = an_appointment(
        a_session(a_course(a_patient("Ben", "Ito"))),
        site=chair.site,
        claims=[(chair, 0)],
    )
    return appointment.claims.get()


# --- units, liveness -----------------------------------------------------------


def a_claim_of_a_unit_the_resource_does_not_have() -> Statement:
    nurse = a_nurse(a_site(), capacity=2)
    return insert_like(_a_claim(nurse), unit=2)


def a_claim_raised_to_a_unit_the_resource_does_not_have() -> Statement:
    return update(_a_claim(a_chair(a_site())), unit=1)


def a_capacity_lowered_under_a_claim_to_come() -> Statement:
    return update(_a_nurse_whose_second_unit_is_needed(), capacity=1)


def a_resource_replaced_by_one_with_fewer_units() -> Statement:
    return replace(_a_nurse_whose_second_unit_is_needed(), capacity=1)


def _a_nurse_whose_second_unit_is_needed() -> Resource:
    nurse = a_nurse(a_site(), capacity=2)
    # The database compares with its own clock.
    an_appointment(
        site=nurse.site,
        starts_at=timezone.now() + timedelta(days=1),
        claims=[(nurse, 1)],
    )
    return nurse


def a_live_claim_of_a_cancelled_appointment() -> Statement:
    chair = a_chair(a_site())
    gone = an_appointment(site=chair.site, status="cancelled", claims=[(chair, 0)])
    return insert_like(gone.claims.get(), is_live=True)


def a_dead_claim_of_a_live_appointment() -> Statement:
    return insert_like(_a_claim(a_chair(a_site())), is_live=False)


def a_claim_let_go_while_its_appointment_lives() -> Statement:
    return update(_a_claim(a_chair(a_site())), is_live=False)


def a_claim_revived_while_its_appointment_is_over() -> Statement:
    chair = a_chair(a_site())
    gone = an_appointment(site=chair.site, status="expired", claims=[(chair, 0)])
    return update(gone.claims.get(), is_live=True)


# --- spans ---------------------------------------------------------------------


def a_claim_that_ends_when_it_starts() -> Statement:
    first = _a_claim(a_chair(a_site()))
    return insert_like(first, starts_at=first.ends_at, ends_at=first.ends_at)


BREACHES = {
    "claim_unit_held_by_one_appointment_at_a_time": (
        a_second_claim_of_the_same_unit_and_time,
        a_claim_that_overlaps_by_a_minute,
        a_claim_that_surrounds_another,
        a_claim_inside_another,
        a_claim_moved_over_another,
        a_claim_given_a_taken_resource,
        a_claim_given_a_taken_unit,
        an_appointment_revived_over_a_taken_claim,
    ),
    "claim_unit_is_within_capacity": (
        a_claim_of_a_unit_the_resource_does_not_have,
        a_claim_raised_to_a_unit_the_resource_does_not_have,
        a_capacity_lowered_under_a_claim_to_come,
        a_resource_replaced_by_one_with_fewer_units,
    ),
    "claims_live_as_their_appointment": (
        a_live_claim_of_a_cancelled_appointment,
        a_dead_claim_of_a_live_appointment,
        a_claim_let_go_while_its_appointment_lives,
        a_claim_revived_while_its_appointment_is_over,
    ),
    "claim_ends_after_it_starts": (a_claim_that_ends_when_it_starts,),
}
