"""Statements that would make a course, its assessments or its history false."""

from datetime import date

from courses.models import ClinicEvent, Course, CourseEvent
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
