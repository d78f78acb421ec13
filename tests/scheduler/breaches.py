"""Statements that would make the calendar false, each refused by the database."""

from datetime import timedelta

from django.utils import timezone

from scheduler.models import (
    Appointment,
    AppointmentEvent,
    Claim,
    Closure,
    Resource,
    WorkingHours,
)
from tests.builders import (
    NOW,
    a_chair,
    a_course,
    a_nurse,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    at,
)
from tests.raw_sql import Statement, delete, insert, insert_like, replace, update

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


# --- patient_is_in_one_place_at_a_time -----------------------------------------


def a_second_appointment_of_the_patient_at_that_time() -> Statement:
    first = an_appointment()
    other_session = a_session(first.session.course)
    return insert_like(first, session_id=other_session.pk, uid="another")


def an_appointment_moved_over_another_of_the_patient() -> Statement:
    first = an_appointment()
    second = an_appointment(
        a_session(first.session.course), site=first.site, starts_at=first.ends_at
    )
    return update(
        second,
        starts_at=first.ends_at - timedelta(minutes=1),
        sequence=1,
        revision=1,
    )


def an_appointment_given_a_patient_who_is_elsewhere() -> Statement:
    first = an_appointment()
    other = an_appointment(a_session(a_course(a_patient("Ben", "Ito"))))
    return update(other, patient_id=first.patient_id)


def an_appointment_revived_over_another_of_the_patient() -> Statement:
    first = an_appointment()
    gone = an_appointment(a_session(first.session.course), status="no_show")
    return update(gone, status="booked", sequence=1, revision=1)


# --- session_has_one_live_appointment ------------------------------------------


def a_second_live_appointment_of_the_session() -> Statement:
    first = an_appointment()
    later = first.ends_at + HOUR
    return insert_like(first, uid="another", starts_at=later, ends_at=later + HOUR)


def a_revived_appointment_of_a_session_that_has_another() -> Statement:
    first = an_appointment(status="cancelled")
    an_appointment(first.session, site=first.site, starts_at=at(9, day=2))
    return update(first, status="booked", sequence=1, revision=1)


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


# --- sequence_rises_when_the_appointment_moves ---------------------------------


def a_later_start_with_the_same_sequence_and_revision() -> Statement:
    appointment = an_appointment()
    return update(appointment, starts_at=appointment.starts_at + HOUR)


def a_later_end_with_a_higher_revision_alone() -> Statement:
    appointment = an_appointment()
    return update(appointment, ends_at=appointment.ends_at + HOUR, revision=1)


def another_site_with_a_higher_sequence_alone() -> Statement:
    return update(an_appointment(), site_id=a_site().pk, sequence=1)


def another_status_with_a_lower_sequence() -> Statement:
    appointment = an_appointment()
    Appointment.objects.filter(pk=appointment.pk).update(sequence=5, revision=5)
    return update(appointment, status="cancelled", sequence=4, revision=6)


def an_appointment_replaced_by_a_later_one() -> Statement:
    appointment = an_appointment()
    return replace(
        appointment,
        starts_at=appointment.starts_at + HOUR,
        ends_at=appointment.ends_at + HOUR,
    )


# --- spans ---------------------------------------------------------------------


def an_appointment_that_ends_when_it_starts() -> Statement:
    first = an_appointment(status="cancelled")
    return insert_like(first, uid="another", ends_at=first.starts_at)


def an_appointment_that_ends_before_it_starts() -> Statement:
    first = an_appointment(status="cancelled")
    early = first.starts_at - HOUR
    return update(first, ends_at=early, sequence=1, revision=1)


def a_claim_that_ends_when_it_starts() -> Statement:
    first = _a_claim(a_chair(a_site()))
    return insert_like(first, starts_at=first.ends_at, ends_at=first.ends_at)


def a_closure_that_ends_before_it_starts() -> Statement:
    return insert(
        Closure,
        site_id=a_site().pk,
        starts_at=at(12),
        ends_at=at(11),
        reason="Fire drill",
    )


def hours_that_close_when_they_open() -> Statement:
    hours = WorkingHours.objects.filter(resource=a_chair(a_site())).first()
    assert hours
    return update(hours, closes=hours.opens)


# --- what a row must say -------------------------------------------------------


def a_hold_that_never_expires() -> Statement:
    return update(an_appointment(status="held"), hold_expires_at=None)


def a_closure_of_nothing() -> Statement:
    return insert(Closure, starts_at=at(11), ends_at=at(12), reason="Fire drill")


def a_closure_of_a_resource_and_a_site() -> Statement:
    chair = a_chair(a_site())
    return insert(
        Closure,
        resource_id=chair.pk,
        site_id=chair.site_id,
        starts_at=at(11),
        ends_at=at(12),
        reason="Fire drill",
    )


# --- history_is_append_only ----------------------------------------------------


def _an_event() -> AppointmentEvent:
    return AppointmentEvent.objects.create(
        appointment=an_appointment(),
        kind="booked",
        to_status="booked",
        revision=0,
        sequence=0,
        actor_label="Sam",
        occurred_at=NOW,
    )


def a_changed_appointment_event() -> Statement:
    return update(_an_event(), actor_label="Somebody else")


def a_deleted_appointment_event() -> Statement:
    return delete(_an_event())


def a_replaced_appointment_event() -> Statement:
    return replace(_an_event(), actor_label="Somebody else")


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
    "patient_is_in_one_place_at_a_time": (
        a_second_appointment_of_the_patient_at_that_time,
        an_appointment_moved_over_another_of_the_patient,
        an_appointment_given_a_patient_who_is_elsewhere,
        an_appointment_revived_over_another_of_the_patient,
    ),
    "session_has_one_live_appointment": (
        a_second_live_appointment_of_the_session,
        a_revived_appointment_of_a_session_that_has_another,
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
    "sequence_rises_when_the_appointment_moves": (
        a_later_start_with_the_same_sequence_and_revision,
        a_later_end_with_a_higher_revision_alone,
        another_site_with_a_higher_sequence_alone,
        another_status_with_a_lower_sequence,
        an_appointment_replaced_by_a_later_one,
    ),
    "appointment_ends_after_it_starts": (
        an_appointment_that_ends_when_it_starts,
        an_appointment_that_ends_before_it_starts,
    ),
    "claim_ends_after_it_starts": (a_claim_that_ends_when_it_starts,),
    "closure_ends_after_it_starts": (a_closure_that_ends_before_it_starts,),
    "hours_close_after_they_open": (hours_that_close_when_they_open,),
    "hold_says_when_it_expires": (a_hold_that_never_expires,),
    "closure_is_of_a_resource_or_a_site": (
        a_closure_of_nothing,
        a_closure_of_a_resource_and_a_site,
    ),
    "history_is_append_only": (
        a_changed_appointment_event,
        a_deleted_appointment_event,
        a_replaced_appointment_event,
    ),
}
