"""A course has days of its own between doses where its protocol leaves them open."""

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.actions.set_dose_interval import set_dose_interval
from courses.errors import CourseNotReady, DoseIntervalUnclear
from courses.library.reading import read_library
from courses.models import Course, CourseEvent, Protocol, Session
from courses.rules.dose_interval import DoseInterval
from courses.shapes import course_shape
from tests.builders import DESK, NOW, a_course

pytestmark = pytest.mark.django_db

EVERY_THREE_WEEKS = DoseInterval(18, 21, 24)


@pytest.fixture
def course() -> Course:
    return _on("maint")


def _on(code: str) -> Course:
    install_library(library=read_library(), actor=DESK, now=NOW)
    protocol = Protocol.objects.get(code=code)
    return choose_protocol(course=a_course(), protocol=protocol, actor=DESK, now=NOW)


def _set(
    course: Course,
    interval: DoseInterval | None = EVERY_THREE_WEEKS,
    source: str = "Order of Dr. Kim",
) -> Course:
    return set_dose_interval(
        course=course, interval=interval, source=source, actor=DESK, now=NOW
    )


def _windows(course: Course) -> dict[str, tuple[int, int, int]]:
    return {
        session.step.code: (
            session.step.earliest,
            session.step.target,
            session.step.latest,
        )
        for session in course_shape(course).sessions
        if session.step is not None
    }


def test_every_dose_counts_from_the_last_by_the_new_days_and_nothing_else_does(
    course: Course,
) -> None:
    before = _windows(course)
    changed = _windows(_set(course))
    assert before["B2"] == (14, 28, 56)
    doses = {f"B{number}" for number in range(2, 7)}
    assert {code for code in before if before[code] != changed[code]} == doses
    assert {changed[code] for code in doses} == {(18, 21, 24)}


def test_history_says_whose_order_it_is_and_setting_it_again_says_nothing(
    course: Course,
) -> None:
    _set(_set(course))
    event = CourseEvent.objects.get(kind="dose_interval_set")
    assert event.details == {
        "earliest": 18,
        "target": 21,
        "latest": 24,
        "source": "Order of Dr. Kim",
    }


def test_without_an_interval_the_protocols_own_is_back(course: Course) -> None:
    before = _windows(course)
    assert _windows(_set(_set(course), None)) == before


@pytest.mark.parametrize(
    ("interval", "source", "sentence"),
    [
        (EVERY_THREE_WEEKS, "  ", "Whose order"),
        (DoseInterval(0, 21, 24), "Dr. Kim", "at least one day"),
        (DoseInterval(22, 21, 24), "Dr. Kim", "in that order"),
        (DoseInterval(49, 56, 63), "Dr. Kim", "leave out the last doses"),
    ],
)
def test_an_interval_that_nobody_could_keep_is_refused(
    course: Course, interval: DoseInterval, source: str, sentence: str
) -> None:
    with pytest.raises(DoseIntervalUnclear, match=sentence):
        _set(course, interval, source)
    course.refresh_from_db()
    assert course.dose_interval_target is None


def test_a_longer_interval_fits_once_the_last_doses_are_left_out(
    course: Course,
) -> None:
    Session.objects.filter(course=course, step__code__in=("B5", "B6")).update(
        status="omitted"
    )
    assert _set(course, DoseInterval(49, 56, 60)).dose_interval_target == 56


def test_a_protocol_with_days_of_its_own_takes_no_interval() -> None:
    with pytest.raises(CourseNotReady, match="has its own days between doses"):
        _set(_on("iv-6-2w"))


def test_a_course_without_a_protocol_takes_no_interval() -> None:
    with pytest.raises(CourseNotReady, match="Choose it first"):
        _set(a_course())
