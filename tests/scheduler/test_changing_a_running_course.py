"""Omitting, adding, holding, resuming, extending and shortening, with what follows."""

from datetime import timedelta
from uuid import uuid4

import pytest

from courses.errors import CourseHeldAlready, CourseNotReady
from courses.models import Course, CourseEvent, CourseHold, Session
from scheduler.models import Appointment, AppointmentEvent
from scheduler.ripples.changes import (
    Add,
    Extend,
    Hold,
    Omit,
    Replace,
    Resume,
    Shorten,
)
from scheduler.ripples.wording import headline, messages
from tests.builders import NOW, TODAY, Clinic, a_clinic, an_integration, at
from tests.desk import move
from tests.racing import double_claims
from tests.ripples import a_booked_course, commit, labels, look, statuses, times, visit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """PREP1 on Tuesday, D1 on Wednesday, D2 on Friday, D3 Monday, D4 Wednesday."""
    return a_booked_course(clinic)


def session(course: Course, label: str) -> Session:
    return course.sessions.get(label=label)


# --- leaving out ------------------------------------------------------------------


def test_looking_at_an_omission_leaves_the_session_in(
    clinic: Clinic, course: Course
) -> None:
    before, events = statuses(course), CourseEvent.objects.count()
    look(course, Omit(session(course, "D3").pk, "Travels"), clinic.site)
    assert statuses(course) == before
    assert CourseEvent.objects.count() == events


def test_an_omitted_dose_takes_its_therapy_off_the_calendar(
    clinic: Clinic, course: Course
) -> None:
    d3, int3 = visit(course, "D3"), visit(course, "INT3")
    diff = look(course, Omit(d3.session_id, "Travels"), clinic.site)
    assert labels(diff.cancelled) == ["D3", "INT3"]
    assert diff.left_out == ("D3", "INT3")
    commit(course, diff.ripple)
    for gone, reason in ((d3, "Left out of the course"), (int3, "Belongs to D3")):
        gone.refresh_from_db()
        assert (gone.status, gone.cancel_reason) == ("cancelled", reason)
        assert not gone.claims.live().exists()
    line = AppointmentEvent.objects.get(appointment=int3, kind="cancelled")
    assert line.details["cancelled_with"] == str(d3.pk)
    assert line.details["ripple"] == str(diff.ripple.ripple_id)
    assert {statuses(course)[each] for each in ("D3", "INT3")} == {"omitted"}


def test_what_follows_an_omitted_dose_stays_while_its_windows_allow_it(
    clinic: Clinic, course: Course
) -> None:
    diff = look(course, Omit(session(course, "D3").pk, "Travels"), clinic.site)
    assert set(labels(diff.kept)) == {"PREP1", "D1", "INT1", "D2", "INT2", "D4", "INT4"}
    assert diff.broken == ()


def test_what_follows_an_omitted_dose_closes_up_where_it_is_too_late(
    clinic: Clinic, course: Course
) -> None:
    """D4, ten days after D2, may be at most eight days after it."""
    for label in ("INT4", "D4"):
        placed = visit(course, label)
        move(placed, placed.starts_at + 5 * DAY)
    diff = look(course, Omit(session(course, "D3").pk, "Travels"), clinic.site)
    assert labels(diff.moved) == ["D4", "INT4"]
    commit(course, diff.ripple)
    assert times(course)["D4"] - times(course)["D2"] <= 8 * DAY
    assert double_claims() == 0


def test_the_rest_stays_where_it_is_when_that_is_chosen(
    clinic: Clinic, course: Course
) -> None:
    d4 = visit(course, "D4")
    change = Omit(session(course, "D3").pk, "Travels", leaves_rest=True)
    diff = look(course, change, clinic.site)
    assert diff.moved == ()
    commit(course, diff.ripple)
    assert times(course)["D4"] == d4.starts_at


def test_the_messages_of_an_omission_are_counted_by_kind(
    clinic: Clinic, course: Course
) -> None:
    diff = look(course, Omit(session(course, "D3").pk, "Travels"), clinic.site)
    assert headline(diff) == "2 visits are canceled"
    assert messages(diff) == ["2 cancellations to ana@mail.example."]


# --- adding -----------------------------------------------------------------------


def test_an_added_session_gets_a_time_and_the_rest_stays(
    clinic: Clinic, course: Course
) -> None:
    change = Add(
        session_id=uuid4(),
        visit_type_id=an_integration().pk,
        label="Extra talk",
        earliest_on=TODAY + 3 * DAY,
        latest_on=TODAY + 4 * DAY,
    )
    before = times(course)
    diff = look(course, change, clinic.site)
    assert labels(diff.placed) == ["Extra talk"]
    assert not course.sessions.filter(label="Extra talk").exists()
    (booked,) = commit(course, diff.ripple)
    assert booked.session_id == change.session_id
    assert booked.status == "booked"
    assert before.items() <= times(course).items()
    assert AppointmentEvent.objects.get(appointment=booked).kind == "booked"


# --- holding and going on ---------------------------------------------------------


def test_a_hold_frees_every_visit_to_come_and_keeps_the_sessions(
    clinic: Clinic, course: Course
) -> None:
    now = visit(course, "D2").starts_at
    diff = look(course, Hold("Travels", TODAY + 20 * DAY), clinic.site, now=now)
    assert labels(diff.released) == ["INT2", "D3", "INT3", "D4", "INT4"]
    commit(course, diff.ripple, now=now)
    assert set(times(course)) == {"PREP1", "D1", "INT1", "D2"}
    assert statuses(course)["D3"] == "open"
    assert CourseHold.objects.open().filter(course=course).exists()


def test_nothing_is_placed_while_the_course_waits(
    clinic: Clinic, course: Course
) -> None:
    now = visit(course, "D2").starts_at
    held = look(course, Hold("Travels", TODAY + 20 * DAY), clinic.site, now=now)
    commit(course, held.ripple, now=now)
    found = times(course)
    with pytest.raises(CourseHeldAlready):
        look(course, Hold("Travels", TODAY + 20 * DAY), clinic.site, now=now)
    assert times(course) == found


def test_a_course_goes_on_from_the_day_that_is_chosen(
    clinic: Clinic, course: Course
) -> None:
    Appointment.objects.filter(session__label__in=("PREP1", "D1", "INT1")).update(
        status="completed", sequence=1, revision=1
    )
    course.sessions.filter(label__in=("PREP1", "D1", "INT1")).update(status="done")
    now, back = at(12, day=3), TODAY + 14 * DAY
    held = look(course, Hold("Travels", back), clinic.site, now=now)
    commit(course, held.ripple, now=now)
    diff = look(course, Resume(back), clinic.site, now=now)
    assert "D2" in labels(diff.placed)
    assert len(diff.placed) == 6
    assert diff.findings
    booked = commit(course, diff.ripple, now=now)
    assert min(each.starts_at for each in booked) >= at(0, day=14)
    assert {each.status for each in booked} == {"booked"}
    assert not CourseHold.objects.open().exists()
    assert double_claims() == 0


def test_a_course_that_isnt_on_hold_doesnt_go_on(
    clinic: Clinic, course: Course
) -> None:
    with pytest.raises(CourseNotReady, match="isn't on hold"):
        look(course, Resume(TODAY + DAY), clinic.site)


# --- longer and shorter -----------------------------------------------------------


def test_more_doses_are_placed_after_the_last_with_their_therapy(
    clinic: Clinic, course: Course
) -> None:
    diff = look(course, Extend(doses=2, seen=4), clinic.site)
    assert diff.moved == ()
    assert len(diff.placed) == 4
    assert set(labels(diff.placed)) == set(diff.added)
    booked = commit(course, diff.ripple)
    assert len(booked) == 4
    assert course.sessions.count() == 13
    assert min(each.starts_at for each in booked) > times(course)["D4"]
    assert double_claims() == 0


def test_new_doses_that_no_assessment_clears_are_held(
    clinic: Clinic, course: Course
) -> None:
    course.assessments.update(valid_until=at(9, day=9).date())
    diff = look(course, Extend(doses=1, seen=4), clinic.site)
    assert {visit.status for visit in diff.placed} == {"held", "booked"}
    booked = commit(course, diff.ripple)
    held = [each for each in booked if each.status == "held"]
    assert [each.hold_expires_at for each in held] == [NOW + 7 * DAY]


def test_the_last_doses_go_with_their_therapy(clinic: Clinic, course: Course) -> None:
    diff = look(course, Shorten(doses=1, seen=4, reason="Well"), clinic.site)
    assert labels(diff.cancelled) == ["D4", "INT4"]
    commit(course, diff.ripple)
    assert set(times(course)) == {
        "PREP1", "D1", "INT1", "D2", "INT2", "D3", "INT3",
    }  # fmt: skip


def test_a_shortened_course_is_extended_by_what_it_lost(
    clinic: Clinic, course: Course
) -> None:
    shorter = look(course, Shorten(doses=1, seen=4, reason="Well"), clinic.site)
    commit(course, shorter.ripple)
    longer = look(course, Extend(doses=1, seen=3), clinic.site)
    assert labels(longer.placed) == ["D4", "INT4"]
    commit(course, longer.ripple)
    assert look(course, Replace(), clinic.site).changes_nothing
