"""A ripple that is no longer what was shown is refused, and says what changed."""

from datetime import timedelta

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.actions.omit_session import omit_session
from courses.actions.publish_protocol import publish_protocol
from courses.actions.set_dose_interval import set_dose_interval
from courses.models import Course, CourseEvent, Protocol
from courses.rules.dose_interval import DoseInterval
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.errors import RippleOutdated
from scheduler.models import AppointmentEvent, Claim, Closure
from scheduler.ripples.changes import Extend, Replace
from scheduler.ripples.diff import RippleDiff
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_protocol,
    an_eligible_assessment,
    an_infusion,
    at,
)
from tests.desk import an_approved_session, book, book_plan, cancel, move, plan
from tests.ripples import a_booked_course, commit, look, moving, times, visit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + timedelta(minutes=4)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


@pytest.fixture
def course(clinic: Clinic) -> Course:
    return a_booked_course(clinic)


@pytest.fixture
def shown(clinic: Clinic, course: Course) -> RippleDiff:
    """D2 and all after it move by three days."""
    d2 = visit(course, "D2")
    return look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)


def _refused(course: Course, shown: RippleDiff) -> str:
    """The sentences of the refusal; nothing has happened."""
    before, events = times(course), AppointmentEvent.objects.count()
    claims = set(Claim.objects.live().values_list("pk", flat=True))
    told = CourseEvent.objects.count()
    with pytest.raises(RippleOutdated) as refused:
        commit(course, shown.ripple, now=LATER)
    assert times(course) == before
    assert AppointmentEvent.objects.count() == events
    assert set(Claim.objects.live().values_list("pk", flat=True)) == claims
    assert CourseEvent.objects.count() == told
    return str(refused.value)


def test_a_visit_moved_by_somebody_else_is_named_with_its_new_time(
    course: Course, shown: RippleDiff
) -> None:
    d4 = visit(course, "D4")
    move(d4, d4.starts_at + timedelta(hours=3))
    said = _refused(course, shown)
    assert said.startswith("D4: moved by front desk in tests at 09:00.")
    assert "It is booked, Wed, May 13, 11:00." in said


def test_a_visit_canceled_by_somebody_else_is_named(
    course: Course, shown: RippleDiff
) -> None:
    cancel(visit(course, "INT4"))
    said = _refused(course, shown)
    assert said.startswith("INT4: canceled by front desk in tests at 09:00.")


def test_a_visit_booked_by_somebody_else_is_named(
    clinic: Clinic, course: Course
) -> None:
    cancel(visit(course, "INT4"))
    d2 = visit(course, "D2")
    shown = look(course, moving(d2, d2.starts_at + 3 * DAY, fills=False), clinic.site)
    book(course.sessions.get(label="INT4"), clinic.site, at(15, day=10))
    assert _refused(course, shown).startswith("INT4: booked by front desk in tests")


def test_time_that_somebody_else_took_is_named(
    clinic: Clinic, course: Course, shown: RippleDiff
) -> None:
    d4 = next(v for v in shown.moved if v.label == "D4")
    assert d4.after is not None
    other = an_approved_session(a_patient("Ben", "Ito"), an_infusion())
    book(other, clinic.site, d4.after.starts_at)
    assert "is taken from" in _refused(course, shown)


def test_time_that_was_closed_meanwhile_is_named(
    clinic: Clinic, course: Course, shown: RippleDiff
) -> None:
    Closure.objects.create(
        resource=clinic.therapist,
        starts_at=at(0, day=8),
        ends_at=at(0, day=9),
        reason="Ill",
    )
    said = _refused(course, shown)
    assert clinic.therapist.name in said
    assert "closed" in said


def test_a_session_left_out_by_somebody_else_is_told(
    course: Course, shown: RippleDiff
) -> None:
    cancel(visit(course, "D4"))
    omit_session(
        session=course.sessions.get(label="D4"), reason="Well", actor=DESK, now=LATER
    )
    assert "D4: canceled" in _refused(course, shown)


def test_an_edited_course_is_told_even_where_no_visit_changed(
    clinic: Clinic, course: Course
) -> None:
    for label in ("INT4", "D4"):
        cancel(visit(course, label))
    d2 = visit(course, "D2")
    change = moving(d2, d2.starts_at + timedelta(hours=2), fills=False)
    shown = look(course, change, clinic.site)
    omit_session(
        session=course.sessions.get(label="D4"), reason="Well", actor=DESK, now=LATER
    )
    said = _refused(course, shown)
    assert said.startswith("Session left out by front desk in tests after you looked.")


def test_another_interval_between_doses_is_told_though_no_visit_changed(
    clinic: Clinic,
) -> None:
    protocol = a_protocol(doses=4, status="draft")
    Protocol.objects.filter(pk=protocol.pk).update(interval_by_order=True)
    publish_protocol(protocol=protocol, actor=DESK, now=NOW)
    course = a_course()
    an_eligible_assessment(course)
    protocol.refresh_from_db()
    choose_protocol(course=course, protocol=protocol, actor=DESK, now=NOW)
    course.refresh_from_db()
    book_plan(course, plan(course, clinic.site))
    course.refresh_from_db()
    d2 = visit(course, "D2")
    shown = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    set_dose_interval(
        course=course,
        interval=DoseInterval(2, 3, 20),
        source="Order of Dr. Kim",
        actor=DESK,
        now=LATER,
    )
    said = _refused(course, shown)
    assert said == "Days between doses set by front desk in tests after you looked."


def test_another_therapist_of_the_course_is_told(
    course: Course, shown: RippleDiff
) -> None:
    Course.objects.filter(pk=course.pk).update(therapist=None)
    assert _refused(course, shown).startswith("The rules of this course have changed")


def test_a_course_with_another_number_of_doses_is_told(
    clinic: Clinic, course: Course
) -> None:
    shown = look(course, Extend(doses=1, seen=4), clinic.site)
    commit(course, look(course, Extend(doses=1, seen=4), clinic.site).ripple)
    assert "booked by front desk in tests" in _refused(course, shown)


def test_a_visit_that_stays_may_be_checked_in_meanwhile(
    clinic: Clinic, course: Course
) -> None:
    prep = visit(course, "PREP1")
    d2 = visit(course, "D2")
    now = prep.starts_at
    shown = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site, now=now)
    check_in_appointment(appointment=prep, revision=prep.revision, actor=DESK, now=now)
    commit(course, shown.ripple, now=now)
    assert times(course)["D2"] == d2.starts_at + 3 * DAY


def test_a_visit_that_began_while_somebody_looked_stays(
    clinic: Clinic, course: Course
) -> None:
    int3 = visit(course, "INT3")
    Closure.objects.create(
        resource=clinic.therapist,
        starts_at=int3.starts_at,
        ends_at=int3.ends_at,
        reason="Ill",
    )
    before = int3.starts_at - timedelta(minutes=1)
    shown = look(course, Replace(), clinic.site, now=before)
    with pytest.raises(RippleOutdated, match="INT3 has begun"):
        commit(course, shown.ripple, now=int3.starts_at)


def test_time_that_passed_while_somebody_looked_is_no_time_to_move_to(
    clinic: Clinic, course: Course
) -> None:
    d4 = visit(course, "D4")
    change = moving(d4, d4.starts_at + timedelta(hours=3))
    before = d4.starts_at - timedelta(minutes=1)
    shown = look(course, change, clinic.site, now=before)
    with pytest.raises(RippleOutdated):
        commit(course, shown.ripple, now=d4.starts_at + timedelta(hours=4))


def test_what_was_refused_can_be_looked_at_and_committed_anew(
    clinic: Clinic, course: Course, shown: RippleDiff
) -> None:
    d4 = visit(course, "D4")
    move(d4, d4.starts_at + timedelta(hours=3))
    _refused(course, shown)
    again = look(course, shown.ripple.change, clinic.site)
    commit(course, again.ripple)
    assert times(course)["D2"] == at(8, day=7)


def test_a_second_click_does_nothing_twice(course: Course, shown: RippleDiff) -> None:
    assert commit(course, shown.ripple)
    after, events = times(course), AppointmentEvent.objects.count()
    assert commit(course, shown.ripple) == ()
    assert times(course) == after
    assert AppointmentEvent.objects.count() == events
    assert CourseEvent.objects.filter(kind="visits_replaced").count() == 1


def test_fingerprints_differ_exactly_where_ripples_do(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    one = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    same = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    other = look(course, moving(d2, d2.starts_at + 4 * DAY), clinic.site)
    assert one.ripple.fingerprint == same.ripple.fingerprint
    assert one.ripple.fingerprint != other.ripple.fingerprint
