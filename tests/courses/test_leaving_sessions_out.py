"""A session is left out of its course, with what goes with it, and taken up again."""

import pytest

from courses.actions.mark_session import mark_session
from courses.actions.omit_session import omit_session
from courses.actions.reinstate_session import reinstate_session
from courses.errors import BadInput, CourseNotReady, SessionClosed
from courses.models import Course, CourseEvent, Session
from tests.builders import DESK, NOW
from tests.changed_courses import called, hung, labels, mark, on_protocol, window

pytestmark = pytest.mark.django_db


def leave_out(course: Course, label: str, *, with_pair: bool = True) -> Session:
    return omit_session(
        session=called(course, label),
        reason="Unwell",
        with_pair=with_pair,
        actor=DESK,
        now=NOW,
    )


def take_up(course: Course, label: str, *, with_pair: bool = True) -> Session:
    return reinstate_session(
        session=called(course, label), with_pair=with_pair, actor=DESK, now=NOW
    )


def test_a_dose_goes_with_its_therapy_and_the_questionnaires_before_it() -> None:
    course = on_protocol("kap-im-6")
    leave_out(course, "Injection 3")
    assert labels(course, "omitted") == [
        "Questionnaires before injection 3",
        "Injection 3",
        "Integration 3",
    ]


def test_the_therapy_of_a_dose_stays_if_somebody_says_so() -> None:
    course = on_protocol("kap-im-6")
    leave_out(course, "Injection 3", with_pair=False)
    assert labels(course, "omitted") == ["Injection 3"]


def test_what_went_with_a_dose_and_was_given_stays_given() -> None:
    course = on_protocol("kap-im-6")
    mark(course, "done", "Questionnaires before injection 3")
    leave_out(course, "Injection 3")
    assert labels(course, "omitted") == ["Injection 3", "Integration 3"]


def test_therapy_goes_alone() -> None:
    course = on_protocol("kap-im-6")
    leave_out(course, "Integration 3")
    assert labels(course, "omitted") == ["Integration 3"]


def test_what_was_missed_can_be_left_out_for_good() -> None:
    course = on_protocol()
    mark(course, "missed", "Integration a")
    assert leave_out(course, "Integration a").status == "omitted"


def test_each_session_left_out_has_its_line_of_history() -> None:
    course = on_protocol()
    leave_out(course, "Infusion 3")
    dose = called(course, "Infusion 3")
    events = CourseEvent.objects.filter(kind="session_omitted").order_by("pk")
    assert [(event.session, event.details) for event in events] == [
        (dose, {"from": "open", "reason": "Unwell"}),
        (
            called(course, "Integration b"),
            {"from": "open", "reason": "Belongs to Infusion 3", "with": str(dose.pk)},
        ),
    ]


def test_it_says_why() -> None:
    course = on_protocol()
    with pytest.raises(BadInput, match="Say why"):
        omit_session(
            session=called(course, "Infusion 3"), reason=" ", actor=DESK, now=NOW
        )


@pytest.mark.parametrize("status", ["in_progress", "done", "omitted"])
def test_what_is_over_is_not_left_out(status: str) -> None:
    course = on_protocol()
    mark(course, status, "Infusion 3")
    with pytest.raises(SessionClosed, match="so it can't be left out"):
        leave_out(course, "Infusion 3")


def test_the_dose_that_everything_counts_from_is_not_left_out() -> None:
    course = on_protocol()
    with pytest.raises(CourseNotReady, match="Infusion 1 begins the course"):
        leave_out(course, "Infusion 1")
    assert labels(course, "omitted") == []


def test_what_was_left_out_does_not_take_place() -> None:
    course = on_protocol()
    left_out = leave_out(course, "Infusion 3")
    with pytest.raises(SessionClosed, match="Infusion 3 is omitted"):
        mark_session(session=left_out, status="in_progress", actor=DESK, now=NOW)


def test_a_course_that_has_ended_is_left_as_it_was() -> None:
    course = on_protocol()
    Course.objects.filter(pk=course.pk).update(status="stopped_early", ended_at=NOW)
    with pytest.raises(CourseNotReady):
        leave_out(course, "Infusion 3")


def test_a_dose_is_taken_up_again_with_all_that_went_with_it() -> None:
    course = on_protocol("kap-im-6")
    before = labels(course, "open")
    leave_out(course, "Injection 3")
    take_up(course, "Injection 3")
    assert labels(course, "open") == before
    kinds = CourseEvent.objects.filter(kind="session_reinstated")
    assert kinds.count() == 3


def test_a_dose_is_taken_up_again_without_its_therapy_if_somebody_says_so() -> None:
    course = on_protocol("kap-im-6")
    leave_out(course, "Injection 3")
    take_up(course, "Injection 3", with_pair=False)
    assert "Integration 3" in labels(course, "omitted")


@pytest.mark.parametrize("status", ["open", "in_progress", "done", "missed"])
def test_only_what_was_left_out_is_taken_up_again(status: str) -> None:
    course = on_protocol()
    mark(course, status, "Infusion 3")
    with pytest.raises(SessionClosed, match="nothing to take up again"):
        take_up(course, "Infusion 3")


def test_a_dose_that_a_later_one_overtook_stays_left_out() -> None:
    course = on_protocol()
    leave_out(course, "Infusion 3")
    mark(course, "done", "Infusion 4")
    with pytest.raises(CourseNotReady, match="Infusion 4 was given after Infusion 3"):
        take_up(course, "Infusion 3")


def test_without_the_last_therapy_the_end_review_counts_from_the_last_dose() -> None:
    course = on_protocol()
    assert window(hung(course, "End review")) == ("Integration c", 1, 3, 7)
    leave_out(course, "Integration c")
    assert window(hung(course, "End review")) == ("Infusion 6", 1, 3, 7)
    assert hung(course, "End review").after == "Infusion 6"
    take_up(course, "Integration c")
    assert window(hung(course, "End review")) == ("Integration c", 1, 3, 7)
