"""Statements that would make clinicians, capabilities or visit types false."""

from datetime import date

from courses.models import Clinician, Credential, ResourceNeed, VisitPhase
from tests.builders import (
    a_capability,
    a_clinician,
    a_user,
    an_infusion,
    an_integration,
)
from tests.raw_sql import Statement, insert_like, update

# --- clinicians and what they can do -------------------------------------------


def a_second_clinician_of_one_user() -> Statement:
    return insert_like(a_clinician(user=a_user()), display_name="Dr. Kim again")


def a_clinician_given_the_user_of_another() -> Statement:
    first: Clinician = a_clinician(user=a_user())
    return update(a_clinician("Dr. Roe"), user_id=first.user_id)


def a_credential_that_ends_before_it_starts() -> Statement:
    credential = Credential.objects.get(clinician=a_clinician())
    return update(credential, valid_until=date(2019, 12, 31))


def a_second_capability_of_that_code() -> Statement:
    return insert_like(a_capability("prescriber"), name="Somebody who prescribes")


def a_capability_given_the_code_of_another() -> Statement:
    a_capability("prescriber")
    return update(a_capability("therapy-room"), code="prescriber")


# --- visit types ---------------------------------------------------------------


def a_second_visit_type_of_that_code() -> Statement:
    return insert_like(an_infusion(), name="Another infusion")


def a_visit_type_given_the_code_of_another() -> Statement:
    return update(an_integration(), code=an_infusion().code)


def a_dosing_visit_type_without_a_route() -> Statement:
    return update(an_infusion(), route="")


def a_talk_with_a_route() -> Statement:
    return update(an_integration(), route="iv")


def _a_phase() -> VisitPhase:
    return an_infusion().phases.get(position=0)


def _a_need() -> ResourceNeed:
    return an_infusion().needs.get(party="chair")


def a_phase_of_no_minutes() -> Statement:
    return update(_a_phase(), minutes=0)


def a_second_phase_at_that_position() -> Statement:
    return insert_like(_a_phase(), name="Again")


def a_phase_moved_to_a_taken_position() -> Statement:
    return update(_a_phase(), position=1)


def a_need_of_no_minutes() -> Statement:
    return update(_a_need(), minutes=0)


def a_need_of_no_units() -> Statement:
    return update(_a_need(), units=0)


def a_second_need_of_that_party_from_that_minute_on() -> Statement:
    return insert_like(_a_need(), minutes=10)


def a_need_moved_onto_another_of_that_party() -> Statement:
    recovery = an_infusion().needs.get(party="nurse", starts_after_minutes=60)
    return update(recovery, starts_after_minutes=0)


BREACHES = {
    "user_is_one_clinician": (
        a_second_clinician_of_one_user,
        a_clinician_given_the_user_of_another,
    ),
    "credential_ends_after_it_starts": (a_credential_that_ends_before_it_starts,),
    "capability_has_its_own_code": (
        a_second_capability_of_that_code,
        a_capability_given_the_code_of_another,
    ),
    "visit_type_has_its_own_code": (
        a_second_visit_type_of_that_code,
        a_visit_type_given_the_code_of_another,
    ),
    "dosing_visit_type_has_a_route": (
        a_dosing_visit_type_without_a_route,
        a_talk_with_a_route,
    ),
    "visit_phase_takes_time": (a_phase_of_no_minutes,),
    "visit_phase_has_its_own_place": (
        a_second_phase_at_that_position,
        a_phase_moved_to_a_taken_position,
    ),
    "resource_need_takes_time_and_units": (a_need_of_no_minutes, a_need_of_no_units),
    "visit_type_needs_a_party_once_at_a_time": (
        a_second_need_of_that_party_from_that_minute_on,
        a_need_moved_onto_another_of_that_party,
    ),
}
