"""Pairs of statements, each right by itself, that make a sentence false together."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Model
from django.utils import timezone

from courses.models import CourseHold
from scheduler.models import Appointment, CalendarFeed, Claim, Resource
from tests.builders import (
    NOW,
    TODAY,
    TOMORROW_AT_NINE,
    a_capability,
    a_chair,
    a_clinician,
    a_course,
    a_nurse,
    a_patient,
    a_protocol,
    a_session,
    a_site,
    a_therapist,
    a_user,
    an_appointment,
    an_infusion,
)
from tests.notifications.breaches import a_message, a_rule, a_try
from tests.raw_sql import Statement, insert, insert_like, update

Pair = tuple[Statement, Statement]
HOUR = timedelta(hours=1)


def _twice(row: Model, **changes: object) -> Pair:
    return insert_like(row, **changes), insert_like(row, **changes)


# --- courses -------------------------------------------------------------------


def two_capabilities_of_one_code() -> Pair:
    return _twice(a_capability("prescriber"), code="nurse")


def two_visit_types_of_one_code() -> Pair:
    return _twice(an_infusion(), code="infusion-60")


def two_clinicians_of_one_user() -> Pair:
    return _twice(a_clinician(), user_id=a_user().pk)


def two_phases_at_one_position() -> Pair:
    return _twice(an_infusion().phases.get(position=0), position=9)


def two_needs_of_one_party_from_one_minute_on() -> Pair:
    return _twice(an_infusion().needs.get(party="chair"), starts_after_minutes=77)


def two_protocols_of_one_version() -> Pair:
    return _twice(a_protocol(doses=0, status="draft"), version=2)


def two_steps_of_one_code() -> Pair:
    step = a_protocol(doses=1, status="draft").steps.get(code="INT1")
    return (
        insert_like(step, code="X", position=98),
        insert_like(step, code="X", position=99),
    )


def two_steps_at_one_position() -> Pair:
    step = a_protocol(doses=1, status="draft").steps.get(code="INT1")
    return (
        insert_like(step, code="X", position=99),
        insert_like(step, code="Y", position=99),
    )


def a_step_for_a_protocol_that_is_being_published() -> Pair:
    draft = a_protocol(doses=1, status="draft")
    step = draft.steps.get(code="INT1")
    return (
        update(draft, status="published", published_at=NOW),
        insert_like(step, code="X", position=99),
    )


def a_window_changed_while_its_protocol_is_being_published() -> Pair:
    draft = a_protocol(doses=1, status="draft")
    return (
        update(draft, status="published", published_at=NOW),
        update(draft.steps.get(code="INT1"), latest=9),
    )


def a_spacing_rule_lost_while_its_protocol_is_being_published() -> Pair:
    draft = a_protocol(doses=1, status="draft")
    rule = draft.spacing_rules.get()
    return (
        update(draft, status="published", published_at=NOW),
        Statement("DELETE FROM courses_spacingrule WHERE id = %s", (rule.pk,)),
    )


def two_active_courses_of_one_patient() -> Pair:
    return _twice(a_course(status="completed"), status="referred", ended_at=None)


def two_sessions_of_one_step() -> Pair:
    protocol = a_protocol(doses=1)
    session = a_session(a_course(protocol=protocol))
    return _twice(session, step_id=protocol.steps.get(code="D1").pk)


def two_open_holds_of_one_course() -> Pair:
    hold = CourseHold.objects.create(
        course=a_course(),
        reason="Travels",
        review_on=TODAY,
        held_at=NOW,
        held_by_label="Sam",
        ended_at=NOW,
    )
    return _twice(hold, ended_at=None)


def a_session_hung_on_one_that_goes_to_another_course() -> Pair:
    dose, other = a_session(), a_session()
    return (
        update(dose, course_id=other.course_id),
        insert_like(a_session(dose.course), pair_of_id=dose.pk),
    )


def a_dose_that_goes_to_another_course_while_a_session_is_hung_on_it() -> Pair:
    first, second = a_session_hung_on_one_that_goes_to_another_course()
    return second, first


# --- the calendar --------------------------------------------------------------


def two_sites_of_one_code() -> Pair:
    return _twice(a_site(), code="new")


def two_resources_of_one_name() -> Pair:
    return _twice(a_chair(a_site()), name="Chair by the window")


def two_resources_of_one_clinician() -> Pair:
    person = a_therapist(a_site())
    clinician = a_clinician("Dr. Roe").pk
    return (
        insert_like(person, name="Dr. Roe", clinician_id=clinician),
        insert_like(person, name="Roe", clinician_id=clinician),
    )


def two_appointments_of_one_uid() -> Pair:
    return _twice(an_appointment(status="cancelled"), uid="new")


def two_live_appointments_of_one_session() -> Pair:
    gone = an_appointment(status="cancelled")
    later = gone.ends_at + HOUR
    return (
        insert_like(gone, status="booked", uid="a"),
        insert_like(
            gone, status="booked", uid="b", starts_at=later, ends_at=later + HOUR
        ),
    )


def two_places_for_one_patient_at_one_time() -> Pair:
    gone = an_appointment(status="cancelled")
    other = a_session(gone.session.course)
    return (
        insert_like(gone, status="booked", uid="a"),
        insert_like(gone, status="booked", uid="b", session_id=other.pk),
    )


def two_moves_from_one_revision() -> Pair:
    appointment = an_appointment()
    earlier, later = appointment.starts_at - HOUR, appointment.starts_at + HOUR
    return (
        update(appointment, starts_at=earlier, sequence=1, revision=1),
        update(appointment, starts_at=later, sequence=1, revision=1),
    )


def _a_claim(
    resource: Resource,
    patient: str,
    *,
    unit: int = 0,
    starts_at: datetime = TOMORROW_AT_NINE,
) -> Statement:
    session = a_session(a_course(a_patient(patient)))
    appointment = an_appointment(session, site=resource.site, starts_at=starts_at)
    return insert(
        Claim,
        appointment_id=appointment.pk,
        resource_id=resource.pk,
        unit=unit,
        party=resource.kind,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        is_live=True,
    )


def two_claims_of_one_unit() -> Pair:
    chair = a_chair(a_site())
    return _a_claim(chair, "Ana"), _a_claim(chair, "Ben")


def a_second_unit_claimed_while_it_is_taken_away() -> Pair:
    nurse = a_nurse(a_site(), capacity=2)
    return update(nurse, capacity=1), _a_claim(nurse, "Ana", unit=1)


def a_second_unit_taken_away_while_it_is_claimed() -> Pair:
    nurse = a_nurse(a_site(), capacity=2)
    # The database compares with its own clock.
    claim = _a_claim(nurse, "Ana", unit=1, starts_at=timezone.now() + HOUR)
    return claim, update(nurse, capacity=1)


def a_claim_for_an_appointment_that_is_being_cancelled() -> Pair:
    chair = a_chair(a_site())
    claim = _a_claim(chair, "Ana")
    appointment = Appointment.objects.get()
    return update(appointment, status="cancelled", sequence=1, revision=1), claim


def _a_revoked_feed() -> CalendarFeed:
    return CalendarFeed.objects.create(
        clinician=a_clinician(), token_hash="a" * 64, created_at=NOW, revoked_at=NOW
    )


def two_open_feeds_of_one_clinician() -> Pair:
    feed = _a_revoked_feed()
    return (
        insert_like(feed, revoked_at=None, token_hash="b" * 64),
        insert_like(feed, revoked_at=None, token_hash="c" * 64),
    )


def two_feeds_at_one_address() -> Pair:
    return _twice(_a_revoked_feed(), token_hash="b" * 64)


# --- messages ------------------------------------------------------------------


def two_messages_owed_for_one_change() -> Pair:
    message = a_message()
    return (
        insert_like(message, rule_code="new", message_id="<a@clinic.example>"),
        insert_like(message, rule_code="new", message_id="<b@clinic.example>"),
    )


def two_messages_of_one_message_id() -> Pair:
    message = a_message()
    return (
        insert_like(message, rule_code="a", message_id="<new@clinic.example>"),
        insert_like(message, rule_code="b", message_id="<new@clinic.example>"),
    )


def two_tries_of_one_number() -> Pair:
    return _twice(a_try(), number=2)


def two_reminder_rules_of_one_code() -> Pair:
    return _twice(a_rule(), code="new")


COLLISIONS: dict[str, tuple[Callable[[], Pair], ...]] = {
    "capability_has_its_own_code": (two_capabilities_of_one_code,),
    "visit_type_has_its_own_code": (two_visit_types_of_one_code,),
    "user_is_one_clinician": (two_clinicians_of_one_user,),
    "visit_phase_has_its_own_place": (two_phases_at_one_position,),
    "visit_type_needs_a_party_once_at_a_time": (
        two_needs_of_one_party_from_one_minute_on,
    ),
    "protocol_version_is_unique": (two_protocols_of_one_version,),
    "protocol_step_code_is_unique": (two_steps_of_one_code,),
    "protocol_step_has_its_own_place": (two_steps_at_one_position,),
    "protocol_is_immutable_once_published": (
        a_step_for_a_protocol_that_is_being_published,
        a_window_changed_while_its_protocol_is_being_published,
        a_spacing_rule_lost_while_its_protocol_is_being_published,
    ),
    "patient_has_one_active_course": (two_active_courses_of_one_patient,),
    "course_has_each_step_once": (two_sessions_of_one_step,),
    "course_has_one_open_hold": (two_open_holds_of_one_course,),
    "session_hangs_on_another_of_its_course": (
        a_session_hung_on_one_that_goes_to_another_course,
        a_dose_that_goes_to_another_course_while_a_session_is_hung_on_it,
    ),
    "site_has_its_own_code": (two_sites_of_one_code,),
    "resource_name_is_unique_at_its_site": (two_resources_of_one_name,),
    "clinician_is_one_resource": (two_resources_of_one_clinician,),
    "appointment_has_its_own_uid": (two_appointments_of_one_uid,),
    "session_has_one_live_appointment": (two_live_appointments_of_one_session,),
    "patient_is_in_one_place_at_a_time": (two_places_for_one_patient_at_one_time,),
    "sequence_rises_when_the_appointment_moves": (two_moves_from_one_revision,),
    "claim_unit_held_by_one_appointment_at_a_time": (two_claims_of_one_unit,),
    "claim_unit_is_within_capacity": (
        a_second_unit_claimed_while_it_is_taken_away,
        a_second_unit_taken_away_while_it_is_claimed,
    ),
    "claims_live_as_their_appointment": (
        a_claim_for_an_appointment_that_is_being_cancelled,
    ),
    "clinician_has_one_open_feed": (two_open_feeds_of_one_clinician,),
    "feed_has_its_own_address": (two_feeds_at_one_address,),
    "notification_is_owed_once": (two_messages_owed_for_one_change,),
    "notification_has_its_own_message_id": (two_messages_of_one_message_id,),
    "delivery_attempt_has_its_number": (two_tries_of_one_number,),
    "reminder_rule_has_its_own_code": (two_reminder_rules_of_one_code,),
}
