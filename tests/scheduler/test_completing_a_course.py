"""A course is complete when nothing of it is left; else it is stopped, knowingly."""

import pytest

from courses.errors import CourseNotReady, StalePage
from courses.models import Course, Session
from scheduler.actions.complete_course import complete_course
from scheduler.actions.stop_course import stop_course
from tests.builders import (
    DESK,
    NOW,
    a_clinic,
    a_course,
    a_session,
    an_appointment,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book
from tests.staff_pages import FRONT_DESK, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def complete(course: Course) -> Course:
    return complete_course(course=course, actor=DESK, now=NOW)


def a_dose(course: Course, status: str = "done") -> Session:
    session = a_session(course)
    Session.objects.filter(pk=session.pk).update(status=status)
    return session


def test_a_course_with_a_visit_to_come_and_an_open_dose_is_not_complete() -> None:
    visit = book(an_approved_session(), a_clinic().site, at(9, day=1))
    course = visit.session.course
    a_session(course)
    with pytest.raises(CourseNotReady) as refused:
        complete(course)
    assert str(refused.value) == (
        "The course isn't complete: 1 visit is not over yet and 2 doses are still open."
        " Finish what is left first, or stop the course early."
    )
    course.refresh_from_db()
    visit.refresh_from_db()
    assert (course.status, visit.status) == ("eligible", "booked")


@pytest.mark.parametrize(
    "status", ["held", "booked", "arrived", "in_session", "recovering"]
)
def test_a_visit_that_nobody_finished_is_in_the_way(status: str) -> None:
    course = a_course()
    a_dose(course)
    talk = a_session(course, an_integration())
    an_appointment(talk, starts_at=at(8, day=-3), status=status)
    with pytest.raises(CourseNotReady, match="1 visit is not over yet"):
        complete(course)


def test_a_course_without_any_dose_given_is_not_complete() -> None:
    for course in (a_course(status="referred"),):
        with pytest.raises(CourseNotReady, match="no dose was given"):
            complete(course)


def test_a_missed_dose_and_an_open_questionnaire_are_no_obstacle() -> None:
    course = a_course()
    an_appointment(a_dose(course), starts_at=at(8, day=-3), status="completed")
    missed = a_dose(course, "missed")
    an_appointment(missed, starts_at=at(8, day=-2), status="no_show")
    left = a_session(course, an_integration())
    assert complete(course).status == "completed"
    left.refresh_from_db()
    assert left.status == "omitted"


def test_the_page_says_what_is_left_instead_of_offering_the_button() -> None:
    visit = book(an_approved_session(), a_clinic().site, at(9, day=1))
    client, address = a_client(FRONT_DESK), f"/courses/{visit.session.course_id}/"
    page = text_of(client.get(address))
    assert "1 visit is not over yet and 1 dose is still open" in page
    assert "Complete the course" not in page
    assert "Stop early and cancel 1 visit" in page
    pressed = client.post(f"{address}complete/", follow=True)
    assert "The course isn't complete" in text_of(pressed)
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_course_with_nothing_left_has_the_button() -> None:
    course = a_course()
    an_appointment(a_dose(course), starts_at=at(8, day=-3), status="completed")
    client, address = a_client(FRONT_DESK), f"/courses/{course.pk}/"
    assert "Complete the course" in text_of(client.get(address))
    client.post(f"{address}complete/")
    course.refresh_from_db()
    assert course.status == "completed"


def test_stopping_cancels_only_as_many_visits_as_were_agreed_to() -> None:
    visit = book(an_approved_session(), a_clinic().site, at(9, day=1))
    course = visit.session.course
    with pytest.raises(StalePage, match="would now cancel 1 visits, not 0"):
        stop_course(course=course, reason="Left", cancels=0, actor=DESK, now=NOW)
    course.refresh_from_db()
    visit.refresh_from_db()
    assert (course.is_active, visit.status) == (True, "booked")
    client = a_client(FRONT_DESK)
    typed = {"reason": "Left", "cancels": 0}
    page = client.post(f"/courses/{course.pk}/stop/", typed)
    assert 'name="cancels" value="1"' in page.content.decode()
    assert 'value="Left"' in page.content.decode()
