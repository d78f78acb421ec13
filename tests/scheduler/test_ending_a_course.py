"""Stopping a course sets its future free and leaves its past alone; it ends once."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from courses.actions.open_course import open_course
from courses.errors import CourseNotReady
from courses.models import Course, CourseEvent, Session
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.complete_course import complete_course
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.stop_course import stop_course
from scheduler.models import Appointment, AppointmentEvent, Claim
from tests.builders import DESK, NOW, Clinic, a_clinic, a_patient, a_session, at
from tests.desk import (
    a_course_to_plan,
    an_approved_session,
    book,
    book_plan,
    cancel,
    hold,
    plan,
)

pytestmark = pytest.mark.django_db

End = Callable[..., Course]
STOP: End = partial(stop_course, reason="Moved away")

both_ways = pytest.mark.parametrize(
    ("end", "status", "kind"),
    [
        (complete_course, "completed", "course_completed"),
        (STOP, "stopped_early", "course_stopped"),
    ],
)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(nurses=2)


def _a_course_that_is_over() -> Course:
    """A course of which nothing is left, so that it may end in either way."""
    dose = an_approved_session()
    Session.objects.filter(pk=dose.pk).update(status="done")
    return dose.course


def _end(end: End, course: Course, now: datetime = NOW) -> Course:
    return end(course=course, actor=DESK, now=now)


def test_what_is_to_come_is_cancelled_once_and_its_time_is_free(
    clinic: Clinic,
) -> None:
    course = a_course_to_plan()
    booked = book_plan(course, plan(course, clinic.site))
    ended = _end(STOP, course)
    assert (ended.status, ended.ended_at) == ("stopped_early", NOW)
    assert not Appointment.objects.live().exists()
    assert not Claim.objects.live().exists()
    cancelled = AppointmentEvent.objects.filter(kind="cancelled")
    # A dose and the visit that belongs to it are each cancelled once.
    assert cancelled.count() == len(booked)
    assert {a.revision for a in Appointment.objects.all()} == {1}
    assert set(course.sessions.values_list("status", flat=True)) == {"omitted"}
    assert CourseEvent.objects.filter(course=course, kind="course_stopped").count() == 1


def test_holds_go_too_and_another_patients_visits_stay(
    clinic: Clinic,
) -> None:
    held = hold(an_approved_session(), clinic.site, at(9, day=1))
    ben = book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(13, day=1))
    _end(STOP, held.session.course)
    held.refresh_from_db()
    ben.refresh_from_db()
    assert (held.status, ben.status) == ("cancelled", "booked")


def test_what_has_begun_or_is_past_stays_as_it_is(
    clinic: Clinic,
) -> None:
    session = an_approved_session()
    course = session.course
    missed = book(session, clinic.site, at(9, day=1))
    mark_no_show(appointment=missed, revision=0, actor=DESK, now=at(9, day=1))
    gone = cancel(book(a_session(course), clinic.site, at(13, day=2)))
    here = book(a_session(course), clinic.site, at(13, day=1))
    check_in_appointment(appointment=here, revision=0, actor=DESK, now=at(12, day=1))
    _end(STOP, course, at(12, 30, day=1))
    for appointment, was in ((missed, "no_show"), (gone, "cancelled")):
        appointment.refresh_from_db()
        assert (appointment.status, appointment.revision) == (was, 1)
    here.refresh_from_db()
    assert here.status == "arrived"
    session.refresh_from_db()
    assert session.status == "missed"


@both_ways
def test_a_course_ends_once(end: End, status: str, kind: str) -> None:
    course = _a_course_that_is_over()
    _end(end, course)
    for again in (complete_course, STOP):
        with pytest.raises(CourseNotReady, match="Open a new course"):
            _end(again, course)
    course.refresh_from_db()
    assert course.status == status
    assert CourseEvent.objects.filter(kind__startswith="course_").count() == 1


@both_ways
def test_the_patient_may_have_another_course_afterwards(
    end: End, status: str, kind: str
) -> None:
    course = _a_course_that_is_over()
    _end(end, course)
    assert open_course(patient=course.patient, actor=DESK, now=NOW).is_active


@pytest.mark.parametrize("reason", ["", "   "])
def test_stopping_asks_why_and_without_a_reason_nothing_changes(
    clinic: Clinic, reason: str
) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    course = booked.session.course
    with pytest.raises(CourseNotReady, match="Say why"):
        stop_course(course=course, reason=reason, actor=DESK, now=NOW)
    course.refresh_from_db()
    booked.refresh_from_db()
    assert (course.is_active, booked.status) == (True, "booked")


def test_why_a_course_was_stopped_stays_in_its_own_history(clinic: Clinic) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    course = booked.session.course
    stop_course(course=course, reason=" Side effects ", actor=DESK, now=NOW)
    assert CourseEvent.objects.get(kind="course_stopped").details == {
        "reason": "Side effects"
    }
    booked.refresh_from_db()
    # The desk reads this one.
    assert booked.cancel_reason == "The course was stopped early"
