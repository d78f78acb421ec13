"""A plan is booked or held whole, or nothing of it is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from courses.errors import BadInput, CourseNotReady
from courses.models import Course, Session
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan
from scheduler.errors import NotEligible, NotFree, PlanOutdated
from scheduler.models import Appointment, AppointmentEvent, Claim, Closure
from tests.builders import DESK, NOW, Clinic, a_clinic, a_patient
from tests.desk import a_course_to_plan, book_plan, cancel, hold_plan, move, plan

pytestmark = pytest.mark.django_db

FRIDAY = NOW + timedelta(days=4)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def course() -> Course:
    return a_course_to_plan()


@pytest.fixture
def planned(clinic: Clinic, course: Course) -> CoursePlan:
    return plan(course, clinic.site)


def test_every_visit_is_booked_with_its_claims_and_its_line_of_history(
    course: Course, planned: CoursePlan
) -> None:
    booked = book_plan(course, planned)
    assert {a.session_id for a in booked} == {v.session_id for v in planned.visits}
    assert {(a.status, a.hold_expires_at) for a in booked} == {("booked", None)}
    assert Claim.objects.live().count() == sum(len(v.claims) for v in planned.visits)
    kinds = AppointmentEvent.objects.values_list("appointment", "kind")
    assert set(kinds) == {(appointment.pk, "booked") for appointment in booked}
    assert AppointmentEvent.objects.count() == len(booked)


def test_the_therapist_of_the_plan_stays_the_courses_own(
    clinic: Clinic, course: Course, planned: CoursePlan
) -> None:
    assert course.therapist is None
    book_plan(course, planned)
    course.refresh_from_db()
    assert course.therapist == clinic.therapist.clinician


# --- as holds -----------------------------------------------------------------------


def test_a_held_plan_holds_every_visit_until_the_same_moment(
    course: Course, planned: CoursePlan
) -> None:
    held = hold_plan(course, planned, until=FRIDAY)
    assert len(held) == len(planned.visits)
    assert {(a.status, a.hold_expires_at) for a in held} == {("held", FRIDAY)}
    assert Claim.objects.live().count() == sum(len(v.claims) for v in planned.visits)
    assert set(AppointmentEvent.objects.values_list("kind", "to_status")) == {
        ("held", "held")
    }


def test_doses_without_an_assessment_are_held_and_not_booked(clinic: Clinic) -> None:
    course = a_course_to_plan(is_eligible=False)
    planned = plan(course, clinic.site)
    with pytest.raises(NotEligible) as refused:
        book_plan(course, planned)
    (refusal,) = refused.value.refusals
    assert refusal.sentence.startswith("D1 and 1 more, May 6 to May 8, aren't cleared")
    assert not Appointment.objects.exists()
    assert hold_plan(course, planned, until=FRIDAY)


@pytest.mark.parametrize("until", [None, NOW - timedelta(seconds=1), NOW])
def test_a_hold_that_would_never_hold_is_refused(
    course: Course, planned: CoursePlan, until: datetime | None
) -> None:
    with pytest.raises(BadInput, match="until when"):
        book_course(
            course=course,
            plan=planned,
            as_holds=True,
            hold_expires_at=until,
            actor=DESK,
            now=NOW,
        )
    assert not Appointment.objects.exists()


def test_what_is_held_is_not_free_for_anybody_else(clinic: Clinic) -> None:
    course = a_course_to_plan()
    other = a_course_to_plan(a_patient("Ben", "Ito"))
    planned, wanted = plan(course, clinic.site), plan(other, clinic.site)
    hold_plan(course, planned, until=FRIDAY)
    with pytest.raises(NotFree):
        book_plan(other, wanted)
    assert not Appointment.objects.filter(session__course=other).exists()


# --- plans that are no longer true ----------------------------------------------------


def test_a_plan_is_booked_once(course: Course, planned: CoursePlan) -> None:
    booked = book_plan(course, planned)
    with pytest.raises(PlanOutdated):
        book_plan(course, planned)
    assert Appointment.objects.count() == len(booked)


def test_a_plan_made_around_a_visit_that_has_moved_since_is_outdated(
    clinic: Clinic, course: Course, planned: CoursePlan
) -> None:
    *_, last = sorted(book_plan(course, planned), key=lambda a: a.starts_at)
    cancel(last)
    rest = plan(course, clinic.site)
    first = Appointment.objects.live().earliest("starts_at")
    move(first, first.starts_at + timedelta(minutes=15))
    with pytest.raises(PlanOutdated):
        book_plan(course, rest)
    assert Appointment.objects.live().count() == len(planned.visits) - 1


def test_a_plan_with_a_session_that_is_over_is_outdated(
    course: Course, planned: CoursePlan
) -> None:
    Session.objects.filter(pk=planned.visits[0].session_id).update(status="omitted")
    with pytest.raises(PlanOutdated):
        book_plan(course, planned)
    assert not Appointment.objects.exists()


def test_a_plan_of_another_course_is_not_booked(planned: CoursePlan) -> None:
    other = a_course_to_plan(a_patient("Ben", "Ito"))
    with pytest.raises(PlanOutdated):
        book_plan(other, planned)


def test_a_plan_whose_first_visit_is_past_is_outdated(
    course: Course, planned: CoursePlan
) -> None:
    first = min(visit.starts_at for visit in planned.visits)
    with pytest.raises(PlanOutdated, match="begins in the past"):
        book_course(
            course=course,
            plan=planned,
            actor=DESK,
            now=first + timedelta(minutes=1),
        )


def test_a_plan_that_places_nothing_is_refused(
    course: Course, planned: CoursePlan
) -> None:
    with pytest.raises(PlanOutdated, match="places nothing"):
        book_plan(course, replace(planned, visits=()))


def test_an_ended_course_is_not_booked(course: Course, planned: CoursePlan) -> None:
    Course.objects.filter(pk=course.pk).update(status="completed", ended_at=NOW)
    with pytest.raises(CourseNotReady):
        book_plan(course, planned)


def test_one_visit_that_is_not_free_any_more_keeps_all_from_being_booked(
    clinic: Clinic, course: Course, planned: CoursePlan
) -> None:
    last = max(planned.visits, key=lambda visit: visit.starts_at)
    Closure.objects.create(
        site=clinic.site,
        starts_at=last.starts_at,
        ends_at=last.ends_at,
        reason="Flood",
    )
    with pytest.raises(NotFree):
        book_plan(course, planned)
    assert not Appointment.objects.exists()
    assert not Claim.objects.exists()
    assert not AppointmentEvent.objects.exists()
    course.refresh_from_db()
    assert course.therapist is None
