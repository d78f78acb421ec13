"""Statements that would make a course, its assessments or its history false."""

from datetime import date, timedelta

from courses.models import ClinicEvent, Course, CourseEvent, CourseHold, Session
from tests.builders import (
    NOW,
    TODAY,
    a_course,
    a_protocol,
    a_session,
    an_eligible_assessment,
)
from tests.raw_sql import (
    Statement,
    delete,
    emptied,
    insert_like,
    replace,
    update,
)

# --- courses and their sessions ------------------------------------------------


def a_second_active_course_of_the_patient() -> Statement:
    return insert_like(a_course(), status="referred")


def an_ended_course_revived_beside_an_active_one() -> Statement:
    ended = a_course(status="completed")
    a_course(ended.patient)
    return update(ended, status="in_treatment", ended_at=None)


def an_active_course_given_to_a_patient_who_has_one() -> Statement:
    mine = a_course()
    return update(a_course(), patient_id=mine.patient_id)


def an_ended_course_without_an_end() -> Statement:
    return update(a_course(), status="completed")


def a_running_course_with_an_end() -> Statement:
    return update(a_course(), ended_at=NOW)


WHOLE: dict[str, object] = {
    "dose_interval_earliest": 21,
    "dose_interval_target": 28,
    "dose_interval_latest": 35,
    "dose_interval_source": "Order of May 4",
}


def an_interval_without_a_latest_day() -> Statement:
    return update(a_course(), **WHOLE | {"dose_interval_latest": None})


def an_interval_that_is_only_a_target() -> Statement:
    return update(a_course(), dose_interval_target=28)


def an_interval_of_nobody() -> Statement:
    return update(a_course(), **WHOLE | {"dose_interval_source": ""})


def a_source_of_no_interval() -> Statement:
    return update(a_course(), dose_interval_source="Order of May 4")


def an_interval_whose_target_is_before_its_earliest() -> Statement:
    return update(a_course(), **WHOLE | {"dose_interval_target": 20})


def an_interval_whose_latest_is_before_its_target() -> Statement:
    return update(a_course(), **WHOLE | {"dose_interval_latest": 27})


def an_interval_of_no_day() -> Statement:
    return update(a_course(), **WHOLE | {"dose_interval_earliest": 0})


def a_second_session_of_a_step_in_one_course() -> Statement:
    protocol = a_protocol(doses=1)
    session = a_session(a_course(protocol=protocol))
    session.step = protocol.steps.get(code="D1")
    session.save(update_fields=["step"])
    return insert_like(session, position=9)


def a_session_given_a_step_that_the_course_has() -> Statement:
    protocol = a_protocol(doses=1)
    session = a_session(a_course(protocol=protocol))
    session.step = protocol.steps.get(code="D1")
    session.save(update_fields=["step"])
    return update(a_session(session.course), step_id=session.step_id)


def a_session_whose_latest_day_is_before_its_earliest() -> Statement:
    return update(a_session(), earliest_on=TODAY, latest_on=date(2026, 5, 3))


def a_session_whose_target_is_before_its_earliest() -> Statement:
    return update(a_session(), earliest_on=TODAY, target_on=date(2026, 5, 3))


def a_session_whose_target_is_after_its_latest() -> Statement:
    return update(a_session(), latest_on=TODAY, target_on=date(2026, 5, 5))


# --- what sessions hang on -----------------------------------------------------


def _an_anchored_session() -> Session:
    dose = a_session()
    return Session.objects.create(
        course=dose.course,
        visit_type=dose.visit_type,
        label="Repeat",
        position=9,
        anchor=dose,
        earliest_days=2,
        target_days=2,
        latest_days=4,
    )


def a_session_of_a_step_that_hangs_on_its_own() -> Statement:
    session = _an_anchored_session()
    step = a_protocol(doses=1).steps.get(code="D1")
    return update(session, step_id=step.pk)


def a_session_of_a_step_that_belongs_to_a_dose_of_its_own() -> Statement:
    dose = a_session()
    other = a_session(dose.course)
    step = a_protocol(doses=1).steps.get(code="INT1")
    return update(other, step_id=step.pk, pair_of_id=dose.pk)


def an_anchored_session_without_a_window() -> Statement:
    return update(_an_anchored_session(), target_days=None)


def an_anchored_session_whose_days_are_out_of_order() -> Statement:
    return update(_an_anchored_session(), target_days=5)


def days_that_count_from_nothing() -> Statement:
    return update(_an_anchored_session(), anchor_id=None)


def a_step_repeated_with_other_days() -> Statement:
    step = a_protocol(doses=1).steps.get(code="INT1")
    return update(_an_anchored_session(), repeats_id=step.pk)


def a_step_repeated_from_nothing() -> Statement:
    step = a_protocol(doses=1).steps.get(code="INT1")
    return update(a_session(), repeats_id=step.pk)


def a_session_that_counts_from_one_of_another_course() -> Statement:
    return update(_an_anchored_session(), anchor_id=a_session().pk)


def a_session_that_belongs_to_a_dose_of_another_course() -> Statement:
    return update(a_session(), pair_of_id=a_session().pk)


def a_new_session_that_counts_from_one_of_another_course() -> Statement:
    return insert_like(_an_anchored_session(), course_id=a_course().pk)


def a_session_that_counts_from_itself() -> Statement:
    session = _an_anchored_session()
    return update(session, anchor_id=session.pk)


def an_anchor_that_goes_to_another_course() -> Statement:
    anchor = _an_anchored_session().anchor
    assert anchor is not None
    return update(anchor, course_id=a_course().pk)


# --- courses on hold -----------------------------------------------------------


def _a_hold() -> CourseHold:
    return CourseHold.objects.create(
        course=a_course(),
        reason="Travels",
        review_on=TODAY,
        held_at=NOW,
        held_by_label="Sam",
    )


def a_second_open_hold_of_a_course() -> Statement:
    return insert_like(_a_hold())


def an_ended_hold_opened_again_beside_an_open_one() -> Statement:
    hold = _a_hold()
    hold.ended_at = NOW
    hold.save(update_fields=["ended_at"])
    CourseHold.objects.create(
        course=hold.course, reason="Again", review_on=TODAY, held_at=NOW
    )
    return update(hold, ended_at=None)


def a_hold_without_a_reason() -> Statement:
    return update(_a_hold(), reason="")


def a_hold_that_ends_before_it_began() -> Statement:
    return update(_a_hold(), ended_at=NOW - timedelta(minutes=1))


# --- assessments ---------------------------------------------------------------


def a_decision_by_nobody() -> Statement:
    return update(an_eligible_assessment(a_course()), decided_by_id=None)


def a_decision_at_no_time() -> Statement:
    return update(an_eligible_assessment(a_course()), decided_at=None)


def an_undecided_assessment_that_somebody_decided() -> Statement:
    return update(an_eligible_assessment(a_course()), decision="pending")


def an_eligible_assessment_without_a_last_day() -> Statement:
    return update(an_eligible_assessment(a_course()), valid_until=None)


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


def all_course_events_gone_at_once() -> Statement:
    return emptied(_an_event())


def _a_clinic_event() -> ClinicEvent:
    return ClinicEvent.objects.create(
        kind="time_closed", subject="Chair 1", actor_label="Sam", occurred_at=NOW
    )


def a_changed_clinic_event() -> Statement:
    return update(_a_clinic_event(), subject="Chair 2")


def a_deleted_clinic_event() -> Statement:
    return delete(_a_clinic_event())


def a_replaced_clinic_event() -> Statement:
    return replace(_a_clinic_event(), subject="Chair 2")


def all_clinic_events_gone_at_once() -> Statement:
    return emptied(_a_clinic_event())


BREACHES = {
    "course_dose_interval_is_whole_and_in_order": (
        an_interval_without_a_latest_day,
        an_interval_that_is_only_a_target,
        an_interval_of_nobody,
        a_source_of_no_interval,
        an_interval_whose_target_is_before_its_earliest,
        an_interval_whose_latest_is_before_its_target,
        an_interval_of_no_day,
    ),
    "patient_has_one_active_course": (
        a_second_active_course_of_the_patient,
        an_ended_course_revived_beside_an_active_one,
        an_active_course_given_to_a_patient_who_has_one,
    ),
    "ended_course_says_when": (
        an_ended_course_without_an_end,
        a_running_course_with_an_end,
    ),
    "course_has_each_step_once": (
        a_second_session_of_a_step_in_one_course,
        a_session_given_a_step_that_the_course_has,
    ),
    "session_window_is_in_order": (a_session_whose_latest_day_is_before_its_earliest,),
    "session_target_is_inside_its_window": (
        a_session_whose_target_is_before_its_earliest,
        a_session_whose_target_is_after_its_latest,
    ),
    "step_says_what_its_session_hangs_on": (
        a_session_of_a_step_that_hangs_on_its_own,
        a_session_of_a_step_that_belongs_to_a_dose_of_its_own,
    ),
    "anchored_session_has_one_window": (
        an_anchored_session_without_a_window,
        an_anchored_session_whose_days_are_out_of_order,
        days_that_count_from_nothing,
        a_step_repeated_with_other_days,
        a_step_repeated_from_nothing,
    ),
    "session_hangs_on_another_of_its_course": (
        a_session_that_counts_from_one_of_another_course,
        a_session_that_belongs_to_a_dose_of_another_course,
        a_new_session_that_counts_from_one_of_another_course,
        a_session_that_counts_from_itself,
        an_anchor_that_goes_to_another_course,
    ),
    "course_has_one_open_hold": (
        a_second_open_hold_of_a_course,
        an_ended_hold_opened_again_beside_an_open_one,
    ),
    "course_hold_says_why": (a_hold_without_a_reason,),
    "course_hold_ends_after_it_began": (a_hold_that_ends_before_it_began,),
    "decided_assessment_says_by_whom_and_when": (
        a_decision_by_nobody,
        a_decision_at_no_time,
        an_undecided_assessment_that_somebody_decided,
    ),
    "eligible_assessment_is_valid_until_a_day": (
        an_eligible_assessment_without_a_last_day,
    ),
    "history_is_append_only": (
        a_changed_course_event,
        a_deleted_course_event,
        a_replaced_course_event,
        all_course_events_gone_at_once,
        a_changed_clinic_event,
        a_deleted_clinic_event,
        a_replaced_clinic_event,
        all_clinic_events_gone_at_once,
    ),
}
