"""Statements that would make courses false, each refused by the database."""

from datetime import date

from courses.models import (
    Course,
    CourseEvent,
    Credential,
    Protocol,
    ProtocolStep,
    SpacingRule,
)
from tests.builders import (
    NOW,
    TODAY,
    a_clinician,
    a_course,
    a_protocol,
    a_session,
    an_eligible_assessment,
)
from tests.raw_sql import Statement, delete, insert_like, replace, update

# --- patient_has_one_active_course ---------------------------------------------


def a_second_active_course_of_the_patient() -> Statement:
    return insert_like(a_course(), status="referred")


def an_ended_course_revived_beside_an_active_one() -> Statement:
    ended = a_course(status="completed")
    a_course(ended.patient)
    return update(ended, status="in_treatment", ended_at=None)


def an_active_course_given_to_a_patient_who_has_one() -> Statement:
    mine = a_course()
    return update(a_course(), patient_id=mine.patient_id)


# --- protocol_is_immutable_once_published --------------------------------------


def a_renamed_published_protocol() -> Statement:
    return update(a_protocol(doses=1), name="Another")


def a_published_protocol_made_a_draft_again() -> Statement:
    return update(a_protocol(doses=1), status="draft", published_at=None)


def a_retired_protocol_published_again() -> Statement:
    return update(a_protocol(doses=1, status="retired"), status="published")


def a_deleted_published_protocol() -> Statement:
    # Without steps, so that no foreign key refuses first.
    empty = Protocol.objects.create(
        code="empty", name="Empty", source="test", status="published", published_at=NOW
    )
    return delete(empty)


def a_replaced_published_protocol() -> Statement:
    return replace(a_protocol(doses=1), name="Another")


def a_step_added_to_a_published_protocol() -> Statement:
    return insert_like(_a_published_step(), code="D9", position=99)


def a_changed_step_of_a_published_protocol() -> Statement:
    return update(_a_published_step(), latest=9)


def a_step_moved_out_of_a_published_protocol() -> Statement:
    draft = a_protocol(doses=0, status="draft")
    return update(_a_published_step(), protocol_id=draft.pk, code="X", position=99)


def a_step_moved_into_a_published_protocol() -> Statement:
    draft = a_protocol(doses=0, status="draft")
    published = a_protocol(doses=0)
    step = draft.steps.filter(anchored__isnull=True).get()
    return update(step, protocol_id=published.pk, code="X", position=99)


def a_deleted_step_of_a_published_protocol() -> Statement:
    return delete(_a_published_step())


def a_spacing_rule_added_to_a_published_protocol() -> Statement:
    return insert_like(_a_published_rule())


def a_changed_spacing_rule_of_a_published_protocol() -> Statement:
    return update(_a_published_rule(), days=1)


def a_deleted_spacing_rule_of_a_published_protocol() -> Statement:
    return delete(_a_published_rule())


def _a_published_step() -> ProtocolStep:
    return a_protocol(doses=1).steps.get(code="INT1")


def _a_published_rule() -> SpacingRule:
    return a_protocol(doses=1).spacing_rules.get()


# --- what a row must say -------------------------------------------------------


def a_decision_by_nobody() -> Statement:
    return update(an_eligible_assessment(a_course()), decided_by_id=None)


def a_decision_at_no_time() -> Statement:
    return update(an_eligible_assessment(a_course()), decided_at=None)


def an_undecided_assessment_that_somebody_decided() -> Statement:
    return update(an_eligible_assessment(a_course()), decision="pending")


def an_eligible_assessment_without_a_last_day() -> Statement:
    return update(an_eligible_assessment(a_course()), valid_until=None)


def a_credential_that_ends_before_it_starts() -> Statement:
    credential = Credential.objects.get(clinician=a_clinician())
    return update(credential, valid_until=date(2019, 12, 31))


def a_step_whose_target_is_before_its_earliest() -> Statement:
    step = a_protocol(doses=1, status="draft").steps.get(code="INT1")
    return update(step, earliest=2, target=1)


def a_step_whose_latest_is_before_its_target() -> Statement:
    step = a_protocol(doses=1, status="draft").steps.get(code="INT1")
    return update(step, latest=0)


def a_session_whose_latest_day_is_before_its_earliest() -> Statement:
    return update(a_session(), earliest_on=TODAY, latest_on=date(2026, 5, 3))


# --- history_is_append_only ----------------------------------------------------


def _an_event() -> CourseEvent:
    course: Course = a_course()
    return CourseEvent.objects.create(
        patient=course.patient,
        course=course,
        kind="course_opened",
        actor_label="Sam",
        occurred_at=NOW,
    )


def a_changed_course_event() -> Statement:
    return update(_an_event(), actor_label="Somebody else")


def a_deleted_course_event() -> Statement:
    return delete(_an_event())


def a_replaced_course_event() -> Statement:
    return replace(_an_event(), actor_label="Somebody else")


BREACHES = {
    "patient_has_one_active_course": (
        a_second_active_course_of_the_patient,
        an_ended_course_revived_beside_an_active_one,
        an_active_course_given_to_a_patient_who_has_one,
    ),
    "protocol_is_immutable_once_published": (
        a_renamed_published_protocol,
        a_published_protocol_made_a_draft_again,
        a_retired_protocol_published_again,
        a_deleted_published_protocol,
        a_replaced_published_protocol,
        a_step_added_to_a_published_protocol,
        a_changed_step_of_a_published_protocol,
        a_step_moved_out_of_a_published_protocol,
        a_step_moved_into_a_published_protocol,
        a_deleted_step_of_a_published_protocol,
        a_spacing_rule_added_to_a_published_protocol,
        a_changed_spacing_rule_of_a_published_protocol,
        a_deleted_spacing_rule_of_a_published_protocol,
    ),
    "decided_assessment_says_by_whom_and_when": (
        a_decision_by_nobody,
        a_decision_at_no_time,
        an_undecided_assessment_that_somebody_decided,
    ),
    "eligible_assessment_is_valid_until_a_day": (
        an_eligible_assessment_without_a_last_day,
    ),
    "credential_ends_after_it_starts": (a_credential_that_ends_before_it_starts,),
    "protocol_step_window_is_in_order": (
        a_step_whose_target_is_before_its_earliest,
        a_step_whose_latest_is_before_its_target,
    ),
    "session_window_is_in_order": (a_session_whose_latest_day_is_before_its_earliest,),
    "history_is_append_only": (
        a_changed_course_event,
        a_deleted_course_event,
        a_replaced_course_event,
    ),
}
