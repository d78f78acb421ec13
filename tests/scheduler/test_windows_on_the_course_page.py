"""The course's page says when a session may be as the rules have it now."""

from datetime import timedelta

import pytest

from courses.actions.add_session import DaysFrom, OnDays, add_session
from courses.actions.extend_course import extend_course
from courses.actions.omit_session import omit_session
from courses.actions.shorten_course import shorten_course
from courses.models import Course
from scheduler.course_sheet import session_rows
from tests.builders import DESK, NOW, TODAY, an_appointment, at
from tests.changed_courses import called, on_protocol, visit_type

pytestmark = pytest.mark.django_db


def window(course: Course, label: str) -> str:
    return next(
        row.window for row in session_rows(course) if row.session.label == label
    )


def test_the_end_review_is_shown_after_the_last_visit_there_is() -> None:
    course = on_protocol()
    assert window(course, "End review") == "1 to 7 days after Integration c"
    shorten_course(course=course, doses=3, reason="Well", actor=DESK, now=NOW)
    assert window(course, "End review") == "1 to 7 days after Integration b"
    extend_course(course=course, doses=4, actor=DESK, now=NOW)
    assert window(course, "End review") == "1 to 7 days after Integration, Infusion 7"


def test_what_counts_from_a_session_left_out_is_shown_from_the_one_before() -> None:
    course = on_protocol()
    omit_session(
        session=called(course, "Infusion 3"), reason="Unwell", actor=DESK, now=NOW
    )
    assert window(course, "Infusion 4") == "4 to 8 days after Infusion 2"


def test_a_window_is_shown_in_days_once_its_anchor_has_one() -> None:
    course = on_protocol()
    an_appointment(called(course, "Infusion 1"), starts_at=at(9, day=1))
    assert window(course, "Infusion 2") == "May 7 to May 9"
    assert window(course, "Infusion 3") == "2 to 4 days after Infusion 2"
    (row,) = [r for r in session_rows(course) if r.session.label == "Infusion 2"]
    assert row.first_day == TODAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (OnDays(TODAY, TODAY, TODAY), "May 4"),
        (OnDays(earliest_on=TODAY), "from May 4"),
        (OnDays(latest_on=TODAY), "until May 4"),
        (OnDays(TODAY, None, TODAY + timedelta(days=2)), "May 4 to May 6"),
    ],
)
def test_days_of_its_own_are_shown(days: OnDays, shown: str) -> None:
    course = on_protocol()
    add_session(
        course=course,
        visit_type=visit_type("safety-call"),
        label="Extra call",
        window=days,
        actor=DESK,
        now=NOW,
    )
    assert window(course, "Extra call") == shown


def test_days_from_another_session_are_shown() -> None:
    course = on_protocol()
    add_session(
        course=course,
        visit_type=visit_type("safety-call"),
        label="Extra call",
        window=DaysFrom(called(course, "Infusion 2"), 1, 2, 3),
        actor=DESK,
        now=NOW,
    )
    assert window(course, "Extra call") == "1 to 3 days after Infusion 2"
