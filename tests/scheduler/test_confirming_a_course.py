"""The holds of a course are confirmed together, or none of them is."""

from datetime import timedelta

import pytest

from courses.errors import CourseNotReady
from courses.models import Course
from scheduler.actions.confirm_course import confirm_course
from scheduler.errors import NotEligible, TransitionRefused
from scheduler.models import Appointment, AppointmentEvent, Claim
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_clinic,
    a_patient,
    a_preparation,
    a_session,
    an_eligible_assessment,
    at,
)
from tests.desk import (
    a_course_to_plan,
    an_approved_session,
    book,
    hold,
    hold_plan,
    plan,
)

pytestmark = pytest.mark.django_db

FRIDAY = NOW + timedelta(days=4)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=3, rooms=2, nurses=2)


def _confirm(course: Course) -> tuple[Appointment, ...]:
    return confirm_course(course=course, actor=DESK, now=NOW + timedelta(hours=1))


def _statuses(course: Course) -> set[str]:
    visits = Appointment.objects.filter(session__course=course)
    return set(visits.values_list("status", flat=True))


def test_every_hold_becomes_a_booking_that_no_longer_expires(clinic: Clinic) -> None:
    course = a_course_to_plan()
    held = hold_plan(course, plan(course, clinic.site), until=FRIDAY)
    claims = set(Claim.objects.live().values_list("pk", flat=True))
    confirmed = _confirm(course)
    assert {a.pk for a in confirmed} == {a.pk for a in held}
    assert {(a.status, a.hold_expires_at) for a in confirmed} == {("booked", None)}
    assert [a.starts_at for a in confirmed] == sorted(a.starts_at for a in held)
    assert set(Claim.objects.live().values_list("pk", flat=True)) == claims
    events = AppointmentEvent.objects.filter(kind="confirmed")
    assert {(e.from_status, e.to_status) for e in events} == {("held", "booked")}
    assert events.count() == len(held)


def test_one_dose_without_an_assessment_keeps_all_of_them_held(clinic: Clinic) -> None:
    course = a_course_to_plan(is_eligible=False)
    held = hold_plan(course, plan(course, clinic.site), until=FRIDAY)
    with pytest.raises(NotEligible):
        _confirm(course)
    assert _statuses(course) == {"held"}
    assert not AppointmentEvent.objects.exclude(kind="held").exists()
    an_eligible_assessment(course)
    assert len(_confirm(course)) == len(held)


def test_one_hold_that_has_run_out_keeps_the_others_held(clinic: Clinic) -> None:
    session = an_approved_session()
    other = a_session(session.course, a_preparation())
    hold(other, clinic.site, at(9, day=1), days=3)
    hold(session, clinic.site, at(9, day=2), days=1)
    with pytest.raises(TransitionRefused, match="has expired"):
        confirm_course(course=session.course, actor=DESK, now=NOW + timedelta(days=1))
    assert _statuses(session.course) == {"held"}


def test_other_visits_and_other_courses_stay_as_they_are(clinic: Clinic) -> None:
    session = an_approved_session()
    booked = book(session, clinic.site, at(9, day=1))
    held = hold(a_session(session.course, a_preparation()), clinic.site, at(9, day=2))
    ben = an_approved_session(a_patient("Ben", "Ito"))
    of_ben = hold(ben, clinic.site, at(13, day=2))
    assert [a.pk for a in _confirm(session.course)] == [held.pk]
    booked.refresh_from_db()
    of_ben.refresh_from_db()
    assert (booked.revision, of_ben.status) == (0, "held")


def test_a_course_that_holds_nothing_confirms_nothing(clinic: Clinic) -> None:
    course = an_approved_session().course
    assert _confirm(course) == ()
    assert not AppointmentEvent.objects.exists()


def test_an_ended_course_confirms_nothing(clinic: Clinic) -> None:
    held = hold(an_approved_session(), clinic.site, at(9, day=1))
    course = held.session.course
    Course.objects.filter(pk=course.pk).update(status="stopped_early", ended_at=NOW)
    with pytest.raises(CourseNotReady):
        _confirm(course)
    assert _statuses(course) == {"held"}


def test_doses_after_the_assessments_last_day_are_named_together(
    clinic: Clinic,
) -> None:
    first = an_approved_session()
    course = first.course
    course.assessments.update(valid_until=at(9, day=1).date())
    hold(first, clinic.site, at(9, day=1))
    for day in (2, 3):
        hold(a_session(course), clinic.site, at(9, day=day))
    with pytest.raises(NotEligible) as refused:
        _confirm(course)
    (refusal,) = refused.value.refusals
    assert "and 1 more, May 6 to May 7, aren't cleared" in refusal.sentence
    assert "None of the holds was confirmed." in refusal.sentence
    assert _statuses(course) == {"held"}
