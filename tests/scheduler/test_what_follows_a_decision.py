"""What a decision, a no-show and the end of a course do to the calendar."""

from datetime import date

import pytest

from courses.actions.end_course import end_course
from courses.actions.record_assessment import record_assessment
from courses.errors import CourseNotReady
from courses.models import Assessment, Clinician, Course, Session
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.settle_assessment import settle_assessment
from scheduler.actions.undo_no_show import undo_no_show
from scheduler.errors import NotEligible
from scheduler.models import Appointment
from tests.builders import DESK, NOW, TODAY, a_clinic, a_clinician, at
from tests.desk import an_approved_session, book

pytestmark = pytest.mark.django_db


def decide(course: Course, decision: str, clinician: Clinician) -> Assessment:
    assessment = record_assessment(
        course=course, assessed_on=TODAY, actor=DESK, now=NOW
    )
    return settle_assessment(
        assessment=assessment,
        decision=decision,
        decided_by=clinician,
        valid_until=date(2026, 12, 31),
        missing="labs",
        actor=DESK,
        now=at(12),
    )


def test_not_eligible_ends_the_course_and_cancels_what_was_to_come() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    appointment = book(session, clinic.site, at(9, day=1))
    decide(session.course, "not_eligible", a_clinician())
    appointment.refresh_from_db()
    assert appointment.status == Appointment.Status.CANCELLED
    assert not appointment.claims.filter(is_live=True).exists()


def test_a_later_deferral_keeps_the_visits_but_no_new_dose_is_booked() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    appointment = book(session, clinic.site, at(9, day=1))
    decide(session.course, "deferred", a_clinician())
    appointment.refresh_from_db()
    assert appointment.status == Appointment.Status.BOOKED
    with pytest.raises(NotEligible):
        book(session, clinic.site, at(9, day=2))


def test_a_missed_session_is_made_up_for_at_another_time() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    missed = book(session, clinic.site, at(9, day=1))
    mark_no_show(appointment=missed, revision=0, actor=DESK, now=at(9, 30, day=1))
    made_up = book(session, clinic.site, at(9, day=3), now=at(12, day=1))
    session.refresh_from_db()
    assert session.status == Session.Status.OPEN
    assert made_up.status == Appointment.Status.BOOKED


def test_a_no_show_of_a_course_that_has_ended_is_not_undone() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    missed = book(session, clinic.site, at(9, day=1))
    missed = mark_no_show(
        appointment=missed, revision=0, actor=DESK, now=at(9, 30, day=1)
    )
    end_course(
        course=session.course,
        status="stopped_early",
        reason="moved away",
        actor=DESK,
        now=at(10, day=1),
    )
    with pytest.raises(CourseNotReady):
        undo_no_show(appointment=missed, revision=1, actor=DESK, now=at(11, day=1))
