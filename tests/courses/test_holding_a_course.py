"""A course waits, and goes on from what was actually done."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courses.actions.end_course import end_course
from courses.actions.hold_course import hold_course
from courses.actions.resume_course import Resumed, resume_course
from courses.errors import (
    BadInput,
    CourseHeldAlready,
    CourseHoldWithoutReason,
    CourseNotReady,
)
from courses.models import Course, CourseEvent, CourseHold
from courses.rules.shapes import Placement
from courses.shapes import course_shape
from tests.builders import DESK, NOW, TODAY, an_eligible_assessment
from tests.changed_courses import called, hung, mark, on_protocol, window

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
LATER = NOW + timedelta(days=30)


def put_on_hold(course: Course, reason: str = "Travels") -> CourseHold:
    return hold_course(
        course=course,
        reason=reason,
        review_on=TODAY + timedelta(days=14),
        actor=DESK,
        now=NOW,
    )


def on(course: Course, days: Mapping[str, date]) -> dict[str, Placement]:
    """Those sessions took place, or will, at nine on those days."""
    placed = {}
    for label, day in days.items():
        starts_at = datetime(day.year, day.month, day.day, 9, tzinfo=NEW_YORK)
        ends_at = starts_at + timedelta(hours=2)
        key = str(called(course, label).pk)
        placed[key] = Placement(starts_at, ends_at, NEW_YORK)
    return placed


GIVEN = {
    "Preparation": TODAY - timedelta(days=5),
    "Infusion 1": TODAY - timedelta(days=4),
    "Infusion 2": TODAY - timedelta(days=2),
    "Infusion 3": TODAY,
}


def mid_course() -> Course:
    """Three infusions were given, the third today; its therapy is still open."""
    course = on_protocol()
    mark(course, "done", *GIVEN, "Integration a", "Safety call")
    return course


def go_on(
    course: Course,
    after_days: int,
    days: Mapping[str, date] = GIVEN,
    now: datetime = NOW,
) -> Resumed:
    return resume_course(
        course=course,
        from_on=TODAY + timedelta(days=after_days),
        placements=on(course, days),
        actor=DESK,
        now=now,
    )


def test_a_hold_says_why_until_when_and_by_whom() -> None:
    course = on_protocol()
    hold = put_on_hold(course, "  Travels ")
    assert (hold.reason, hold.review_on) == ("Travels", TODAY + timedelta(days=14))
    assert (hold.held_at, hold.held_by_label, hold.ended_at) == (NOW, DESK.label, None)
    (event,) = CourseEvent.objects.filter(kind="course_held")
    assert event.details == {"reason": "Travels", "review_on": "2026-05-18"}


def test_a_course_on_hold_is_not_held_again() -> None:
    course = on_protocol()
    put_on_hold(course)
    with pytest.raises(CourseHeldAlready):
        put_on_hold(course)


def test_a_hold_needs_a_reason_and_a_day_to_come() -> None:
    course = on_protocol()
    with pytest.raises(CourseHoldWithoutReason):
        put_on_hold(course, " ")
    with pytest.raises(BadInput):
        hold_course(
            course=course,
            reason="Travels",
            review_on=TODAY - timedelta(days=3),
            actor=DESK,
            now=NOW,
        )


def test_a_course_that_has_ended_is_not_held() -> None:
    course = on_protocol()
    Course.objects.filter(pk=course.pk).update(status="stopped_early", ended_at=NOW)
    with pytest.raises(CourseNotReady):
        put_on_hold(course)


def test_a_course_that_ends_is_not_on_hold_any_more() -> None:
    course = on_protocol()
    hold = put_on_hold(course)
    end_course(
        course=course, status="stopped_early", reason="Moved", actor=DESK, now=LATER
    )
    hold.refresh_from_db()
    assert hold.ended_at == LATER


def test_only_a_course_on_hold_is_resumed() -> None:
    with pytest.raises(CourseNotReady, match="isn't on hold"):
        go_on(mid_course(), 3)


def test_a_course_is_not_resumed_in_the_past() -> None:
    course = mid_course()
    put_on_hold(course)
    with pytest.raises(BadInput):
        go_on(course, 3, now=LATER)


def test_a_course_is_resumed_once_and_held_again() -> None:
    course = mid_course()
    put_on_hold(course)
    resumed = go_on(course, 3)
    assert resumed.hold.ended_at == NOW
    put_on_hold(course)
    assert course.holds.count() == 2


def test_after_a_short_pause_every_window_stands() -> None:
    course = mid_course()
    put_on_hold(course)
    resumed = go_on(course, 3)
    assert (resumed.begun_anew, resumed.findings) == ((), ())
    assert window(hung(course, "Infusion 4")) == ("Infusion 3", 2, 3, 4)


def test_after_a_long_pause_what_missed_its_window_begins_anew() -> None:
    course = mid_course()
    put_on_hold(course)
    resumed = go_on(course, 20)
    from_on = TODAY + timedelta(days=20)
    assert [session.label for session in resumed.begun_anew] == [
        "Integration b",
        "Infusion 4",
    ]
    dose = called(course, "Infusion 4")
    assert (dose.earliest_on, dose.target_on, dose.latest_on) == (
        from_on,
        from_on,
        None,
    )
    assert hung(course, "Infusion 4").anchor == ""
    assert hung(course, "Infusion 4").after == "Infusion 3"
    assert window(hung(course, "Infusion 5")) == ("Infusion 4", 2, 2, 4)


def test_after_a_long_pause_the_longest_span_counts_from_the_next_dose() -> None:
    course = mid_course()
    put_on_hold(course)
    go_on(course, 20)
    left = {str(called(course, f"Infusion {n}").pk) for n in (4, 5, 6)}
    spans = [r for r in course_shape(course).spacing if r.kind == "longest_span"]
    assert [rule.only for rule in spans] == [left, left]


def test_what_should_have_come_before_a_given_dose_may_still_come_after_it() -> None:
    course = mid_course()
    mark(course, "done", "Infusion 4")
    put_on_hold(course)
    given = {**GIVEN, "Infusion 4": TODAY + timedelta(days=2)}
    resumed = go_on(course, 20, given)
    anew = [session.label for session in resumed.begun_anew]
    assert anew == ["Integration b", "Infusion 5"]


def test_what_is_on_the_calendar_keeps_its_window() -> None:
    course = mid_course()
    put_on_hold(course)
    booked = {**GIVEN, "Infusion 4": TODAY + timedelta(days=25)}
    resumed = go_on(course, 20, booked)
    assert [session.label for session in resumed.begun_anew] == ["Integration b"]
    assert hung(course, "Infusion 4").anchor == "Infusion 3"


def test_what_comes_before_a_dose_on_the_calendar_still_may() -> None:
    course = on_protocol("kap-im-6")
    mark(course, "done", "Injection 3")
    put_on_hold(course)
    booked = {"Injection 3": TODAY, "Injection 4": TODAY + timedelta(days=25)}
    assert [session.label for session in go_on(course, 20, booked).begun_anew] == [
        "Integration 3",
        "Review before injection 4",
    ]


def test_what_had_to_come_before_a_dose_that_was_given_is_too_late() -> None:
    course = on_protocol("kap-im-6")
    mark(course, "done", "Injection 3", "Injection 4")
    put_on_hold(course)
    given = {"Injection 3": TODAY - timedelta(days=7), "Injection 4": TODAY}
    assert [session.label for session in go_on(course, 20, given).begun_anew] == [
        "Integration 4",
        "Injection 5",
    ]


def test_before_the_first_dose_the_preparation_that_was_too_long_ago_is_let_go() -> (
    None
):
    course = on_protocol()
    mark(course, "done", "Preparation", "Assessment")
    put_on_hold(course)
    resumed = go_on(course, 29, {"Preparation": TODAY})
    assert [session.label for session in resumed.begun_anew] == ["Infusion 1"]
    assert resumed.findings == ()
    assert hung(course, "Preparation").anchor == ""
    assert hung(course, "Assessment").anchor == "Infusion 1"


def test_a_gap_is_said_and_kept_in_history() -> None:
    course = mid_course()
    put_on_hold(course)
    resumed = go_on(course, 31)
    assert [f.rule for f in resumed.findings] == ["gap.review", "gap.refresh"]
    (event,) = CourseEvent.objects.filter(kind="course_resumed")
    assert event.details["from_on"] == "2026-06-04"
    assert event.details["begun_anew"] == ["Integration b", "Infusion 4"]
    assert [f["rule"] for f in event.details["findings"]] == [
        "gap.review",
        "gap.refresh",
    ]


def test_after_three_months_a_new_assessment_comes_first() -> None:
    course = mid_course()
    an_eligible_assessment(course, assessed_on=TODAY - timedelta(days=10))
    hold = put_on_hold(course)
    with pytest.raises(CourseNotReady, match="a new assessment comes first"):
        go_on(course, 91)
    hold.refresh_from_db()
    assert hold.ended_at is None
    new = an_eligible_assessment(course, assessed_on=TODAY + timedelta(days=80))
    new.decided_at = LATER
    new.save(update_fields=["decided_at"])
    assert [f.rule for f in go_on(course, 91).findings] == ["gap.review"]


@pytest.mark.parametrize("day", [TODAY + timedelta(days=367), date.max])
def test_no_course_goes_on_more_than_a_year_ahead(day: date) -> None:
    course = mid_course()
    hold = put_on_hold(course)
    with pytest.raises(BadInput, match="within the next 366 days"):
        resume_course(course=course, from_on=day, placements={}, actor=DESK, now=NOW)
    hold.refresh_from_db()
    assert hold.ended_at is None
