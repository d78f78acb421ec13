"""A dose that was missed is made up for after the next one, and the rest goes on."""

from datetime import datetime, timedelta

import pytest

from courses.models import Course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.course_sheet import session_rows
from scheduler.repairs.searching import begin
from scheduler.repairs.troubles import Trouble
from scheduler.ripples.changes import Replace
from tests.builders import DESK, Clinic, a_clinic
from tests.desk import book
from tests.ripples import a_booked_course, commit, look, times, visit

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    return a_booked_course(clinic)


@pytest.fixture
def now(clinic: Clinic, course: Course) -> datetime:
    """Just before the third dose; the second was missed and is the last one now."""
    d2, d3 = visit(course, "D2"), visit(course, "D3")
    missed_at = d2.starts_at + HOUR
    mark_no_show(appointment=d2, revision=d2.revision, actor=DESK, now=missed_at)
    therapy = visit(course, "INT2")
    cancel_appointment(
        appointment=therapy, revision=0, reason="No dose", actor=DESK, now=missed_at
    )
    d2.session.refresh_from_db()
    after = visit(course, "D4").starts_at + 2 * DAY + HOUR
    book(d2.session, clinic.site, after, now=missed_at)
    return d3.starts_at - HOUR / 2


def test_placing_the_rest_anew_leaves_a_dose_where_it_was_made_up_for(
    clinic: Clinic, course: Course, now: datetime
) -> None:
    before = times(course)
    diff = look(course, Replace(), clinic.site, now=now)
    after = {v.label: v.after.starts_at for v in diff.ripple.visits if v.after}
    assert {label: after[label] for label in before} == before
    assert after["INT2"] > after["D2"] > after["D4"] > after["D3"]
    commit(course, diff.ripple, now=now)
    assert times(course) == after


def test_a_dose_counts_from_the_one_before_it_in_time(
    course: Course, now: datetime
) -> None:
    assert now
    broken = {row.session.label for row in session_rows(course) if row.broken}
    # Its place after the first dose is empty, so the third comes late after that.
    assert broken == {"D3"}


def test_new_times_for_many_leave_the_dose_where_it_was_made_up_for(
    clinic: Clinic, course: Course, now: datetime
) -> None:
    d4 = visit(course, "D4")
    before = times(course)
    out = Trouble(clinic.site, d4.starts_at, d4.ends_at, clinic.prescriber)
    found = begin(out, actor=DESK, now=now).found.plans[str(course.pk)]
    at = {session.label: session.starts_at for session in found.sessions}
    assert {label for label in at if at[label] != before[label]} == {"D4"}
