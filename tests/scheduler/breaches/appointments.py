"""Statements that would make an appointment or its history false."""

from datetime import timedelta

from django.db import connection

from scheduler.models import Appointment, AppointmentEvent
from tests.builders import (
    NOW,
    a_chair,
    a_course,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    at,
)
from tests.raw_sql import Statement, delete, emptied, insert_like, replace, update

HOUR = timedelta(hours=1)

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


# --- what a row must say -------------------------------------------------------


def an_appointment_that_ends_when_it_starts() -> Statement:
    first = an_appointment(status="cancelled")
    return insert_like(first, uid="another", ends_at=first.starts_at)


def an_appointment_that_ends_before_it_starts() -> Statement:
    first = an_appointment(status="cancelled")
    early = first.starts_at - HOUR
    return update(first, ends_at=early, sequence=1, revision=1)


def a_hold_that_never_expires() -> Statement:
    return update(an_appointment(status="held"), hold_expires_at=None)


def a_status_of_an_appointment_that_nobody_knows() -> Statement:
    return update(an_appointment(), status="lost", sequence=1, revision=1)


def a_second_appointment_of_that_uid() -> Statement:
    return insert_like(an_appointment(status="cancelled"))


def an_appointment_given_the_uid_of_another() -> Statement:
    first = an_appointment()
    return update(an_appointment(starts_at=at(9, day=2)), uid=first.uid)


# --- what is never gone --------------------------------------------------------


def a_deleted_appointment() -> Statement:
    return delete(an_appointment())


def all_appointments_gone_at_once() -> Statement:
    return emptied(an_appointment(), "history_is_append_only")


def all_claims_gone_at_once() -> Statement:
    chair = a_chair(a_site())
    return emptied(an_appointment(site=chair.site, claims=[(chair, 0)]).claims.get())


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


def all_appointment_events_gone_at_once() -> Statement:
    return emptied(_an_event())


BREACHES = {
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
    "hold_says_when_it_expires": (a_hold_that_never_expires,),
    "appointment_status_is_known": (a_status_of_an_appointment_that_nobody_knows,),
    "appointment_has_its_own_uid": (
        a_second_appointment_of_that_uid,
        an_appointment_given_the_uid_of_another,
    ),
    "appointments_are_cancelled_not_deleted": (
        a_deleted_appointment,
        all_appointments_gone_at_once,
        # Single claims may go, since a move replaces them; SQLite knows no other way.
        *((all_claims_gone_at_once,) if connection.vendor == "postgresql" else ()),
    ),
    "history_is_append_only": (
        a_changed_appointment_event,
        a_deleted_appointment_event,
        a_replaced_appointment_event,
        all_appointment_events_gone_at_once,
    ),
}
