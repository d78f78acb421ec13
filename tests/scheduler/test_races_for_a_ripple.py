"""Ripples are committed by several desks at one instant: each happens whole or not."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from courses.errors import Refused
from courses.models import Course, CourseEvent
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.errors import (
    NotFree,
    RippleOutdated,
    SlotTaken,
    StaleAppointment,
)
from scheduler.models import Appointment, AppointmentEvent
from scheduler.ripples.diff import Ripple
from tests.builders import DESK, NOW, Clinic, a_clinic, a_patient, an_infusion, at
from tests.desk import an_approved_session, book
from tests.racing import (
    deadlocks,
    double_claims,
    one_before_the_other_commits,
    race,
    refusals,
    winners,
)
from tests.ripples import a_booked_course, commit, look, moving, times, visit

ROUNDS = 5
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


def _moving_on(course: Course, clinic: Clinic, label: str, to: datetime) -> Ripple:
    return look(course, moving(visit(course, label), to), clinic.site).ripple


def _is_whole(course: Course, ripple: Ripple, before: dict[str, datetime]) -> bool:
    """Whether all of it has happened; anything between all and nothing fails."""
    shown = {v.label: v.after.starts_at for v in ripple.visits if v.after}
    assert times(course) in (shown, before)
    told = CourseEvent.objects.filter(course=course, kind="visits_replaced").count()
    has_happened = times(course) == shown
    assert told == has_happened
    moved = AppointmentEvent.objects.filter(
        appointment__session__course=course, kind="moved"
    )
    assert moved.count() == (len(ripple.of("moved")) if has_happened else 0)
    return has_happened


@pytest.mark.parametrize("number", range(ROUNDS))
def test_of_two_ripples_for_the_same_chair_one_happens_whole(
    clinic: Clinic, number: int
) -> None:
    before = deadlocks()
    courses = [a_booked_course(clinic, doses=2, name=f"Vega {n}") for n in range(2)]
    # Both want the chair from eight to half past ten, two weeks from now.
    ripples = [_moving_on(each, clinic, "D2", at(8, day=14)) for each in courses]
    was = [times(each) for each in courses]
    outcomes = race(*map(partial, [commit] * 2, courses, ripples))
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {RippleOutdated}
    done = [_is_whole(*each) for each in zip(courses, ripples, was, strict=True)]
    assert sorted(done) == [False, True]
    assert double_claims() == 0
    assert deadlocks() == before


@pytest.mark.parametrize("number", range(ROUNDS))
def test_of_two_desks_that_change_one_course_one_does(
    clinic: Clinic, number: int
) -> None:
    before = deadlocks()
    course = a_booked_course(clinic)
    ripples = [_moving_on(course, clinic, "D2", at(8, day=day)) for day in (7, 8)]
    outcomes = race(*(partial(commit, course, each) for each in ripples))
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {RippleOutdated}
    won = next(n for n in range(2) if not isinstance(outcomes[n], Refused))
    assert times(course)["D2"] == at(8, day=(7, 8)[won])
    assert double_claims() == 0
    assert deadlocks() == before


def test_a_ripple_that_is_clicked_four_times_happens_once(clinic: Clinic) -> None:
    course = a_booked_course(clinic)
    was = times(course)
    ripple = _moving_on(course, clinic, "D2", at(8, day=7))
    outcomes = race(*[partial(commit, course, ripple)] * 4)
    assert sorted(len(each) for each in winners(outcomes)) == [0, 0, 0, 6]
    assert _is_whole(course, ripple, was)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_ripple_and_a_booking_of_its_time_dont_both_happen(
    clinic: Clinic, number: int
) -> None:
    before = deadlocks()
    course = a_booked_course(clinic, doses=2)
    was, wanted = times(course), at(8, day=14)
    ripple = _moving_on(course, clinic, "D2", wanted)
    other = an_approved_session(a_patient("Ben", "Ito"), an_infusion())
    outcomes = race(
        partial(commit, course, ripple), partial(book, other, clinic.site, wanted)
    )
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) <= {RippleOutdated, NotFree, SlotTaken}
    has_happened = _is_whole(course, ripple, was)
    assert has_happened != Appointment.objects.filter(session=other).exists()
    assert double_claims() == 0
    assert deadlocks() == before


def test_a_ripple_that_waits_for_a_cancellation_says_what_was_canceled(
    clinic: Clinic,
) -> None:
    course = a_booked_course(clinic)
    ripple = _moving_on(course, clinic, "D2", at(8, day=7))
    d4 = visit(course, "D4")

    def cancels() -> object:
        return cancel_appointment(
            appointment=d4,
            revision=d4.revision,
            reason="Ill",
            with_pair=False,
            actor=DESK,
            now=NOW,
        )

    def commits() -> object:
        try:
            return commit(course, ripple)
        except RippleOutdated as refused:
            return str(refused)

    _, said = one_before_the_other_commits(cancels, commits)
    assert "D4: canceled by front desk in tests" in str(said)
    assert times(course)["D2"] == at(8, day=4)


def test_a_check_in_and_a_ripple_dont_lose_each_other(clinic: Clinic) -> None:
    before = deadlocks()
    course = a_booked_course(clinic)
    d1, now = visit(course, "D1"), at(7, 55, day=2)
    change = moving(d1, d1.starts_at + 2 * DAY)
    ripple = look(course, change, clinic.site, now=now).ripple
    outcomes = race(
        partial(commit, course, ripple, now=now),
        partial(
            check_in_appointment,
            appointment=d1,
            revision=d1.revision,
            actor=DESK,
            now=now,
        ),
    )
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) <= {RippleOutdated, StaleAppointment}
    assert deadlocks() == before
