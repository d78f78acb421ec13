"""Whole courses are booked, confirmed and let lapse by several desks at one instant."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from courses.errors import Refused
from courses.models import Course, CourseEvent, Protocol
from scheduler.actions.accept_plan import accept_plan
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.confirm_course import confirm_course
from scheduler.actions.lapse_expired_holds import lapse_expired_holds
from scheduler.actions.move_appointment import move_appointment
from scheduler.actions.stop_course import stop_course
from scheduler.course_plans import CoursePlan
from scheduler.errors import NotFree, PlanOutdated, SlotTaken, StaleAppointment
from scheduler.models import Appointment, AppointmentEvent, Claim, Site
from scheduler.plan_trials import Choice, fingerprint, try_plan
from scheduler.planning.problem import Preferences
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_protocol,
    an_eligible_assessment,
    an_infusion,
)
from tests.desk import (
    a_course_to_plan,
    an_approved_session,
    book,
    book_plan,
    cancel,
    hold_plan,
    plan,
)
from tests.racing import (
    deadlocks,
    double_claims,
    one_before_the_other_commits,
    race,
    refusals,
    winners,
)

ROUNDS = 5
SOON = Preferences(start_on=TODAY + timedelta(days=1))
EXPIRY = NOW + timedelta(days=1)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


def _booked(course: Course) -> int:
    """How many visits of the course are on the calendar, with all of their history."""
    live = Appointment.objects.live().filter(session__course=course)
    told = AppointmentEvent.objects.filter(appointment__in=live, kind="booked")
    assert told.count() == live.count()
    assert all(visit.claims.exists() for visit in live)
    return live.count()


def _nothing_is_left_of(course: Course) -> None:
    assert not Appointment.objects.filter(session__course=course).exists()
    course.refresh_from_db()
    assert course.therapist is None


# --- two patients want the same chair -----------------------------------------


@pytest.mark.parametrize("number", range(ROUNDS))
def test_of_two_plans_for_the_same_chair_one_is_booked_whole(
    clinic: Clinic, number: int
) -> None:
    before = deadlocks()
    courses = [a_course_to_plan(a_patient("Ana", f"Vega {n}")) for n in range(2)]
    plans = [plan(course, clinic.site) for course in courses]
    times = [{visit.starts_at for visit in each.visits} for each in plans]
    assert times[0] == times[1]
    outcomes = race(*map(partial, [book_plan] * 2, courses, plans))
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) <= {NotFree, SlotTaken}
    lost = next(n for n in range(2) if isinstance(outcomes[n], Refused))
    _nothing_is_left_of(courses[lost])
    assert _booked(courses[1 - lost]) == len(plans[0].visits)
    assert double_claims() == 0
    assert deadlocks() == before


def _accepting(course: Course, protocol: Protocol, site: Site) -> Callable[[], Any]:
    """What the button under the plan does, for the plan that the page shows now."""
    choice = Choice(protocol, None, None, site, SOON)
    shown = try_plan(course=course, choice=choice, actor=DESK, now=NOW)
    assert isinstance(shown, CoursePlan)
    return partial(
        accept_plan,
        course=course,
        choice=choice,
        seen=fingerprint(shown),
        actor=DESK,
        now=NOW,
    )


def _eligible(family_name: str) -> Course:
    course = a_course(a_patient("Ana", family_name))
    an_eligible_assessment(course)
    return course


def test_two_desks_that_accept_plans_for_the_same_chair_book_one_of_them(
    clinic: Clinic,
) -> None:
    before = deadlocks()
    protocol = a_protocol(doses=2)
    courses = [_eligible("Vega"), _eligible("Ito")]
    outcomes = race(*(_accepting(each, protocol, clinic.site) for each in courses))
    assert len(winners(outcomes)) == 1
    # A desk that is a little later sees another plan than the one that was shown.
    assert refusals(outcomes) == {PlanOutdated}
    lost = next(n for n in range(2) if isinstance(outcomes[n], Refused))
    _nothing_is_left_of(courses[lost])
    # Not even the protocol is chosen.
    assert courses[lost].protocol is None
    assert not courses[lost].sessions.exists()
    assert not CourseEvent.objects.filter(course=courses[lost]).exists()
    assert _booked(courses[1 - lost]) == len(winners(outcomes)[0])
    assert double_claims() == 0
    assert deadlocks() == before


def test_a_plan_whose_time_is_taken_while_it_is_accepted_is_out_of_date(
    clinic: Clinic,
) -> None:
    protocol = a_protocol(doses=2)
    accept = _accepting(_eligible("Vega"), protocol, clinic.site)
    other = an_approved_session(a_patient("Ben", "Ito"), an_infusion())
    shown = plan(a_course_to_plan(a_patient("Cy", "Oda")), clinic.site)
    dose = next(visit for visit in shown.visits if visit.label == "D1")

    def accepts() -> object:
        try:
            return accept()
        except Refused as refused:
            return refused

    _, outcome = one_before_the_other_commits(
        partial(book, other, clinic.site, dose.starts_at), accepts
    )
    assert refusals([outcome]) == {PlanOutdated}
    assert double_claims() == 0


# --- one course ---------------------------------------------------------------


def test_a_plan_that_is_accepted_twice_is_booked_once(clinic: Clinic) -> None:
    course = _eligible("Vega")
    click = _accepting(course, a_protocol(doses=2), clinic.site)
    outcomes = race(*[click] * 4)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {PlanOutdated}
    assert _booked(course) == len(winners(outcomes)[0])
    assert CourseEvent.objects.filter(kind="protocol_chosen").count() == 1
    assert double_claims() == 0


def test_a_plan_that_is_booked_and_held_at_once_is_one_of_both(clinic: Clinic) -> None:
    course = a_course_to_plan()
    planned = plan(course, clinic.site)
    outcomes = race(
        partial(book_plan, course, planned),
        partial(hold_plan, course, planned, until=EXPIRY),
    )
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {PlanOutdated}
    statuses = Appointment.objects.values_list("status", flat=True)
    assert len(set(statuses)) == 1
    assert len(statuses) == len(planned.visits)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_plan_is_not_booked_around_a_visit_that_has_just_moved(
    clinic: Clinic, number: int
) -> None:
    before = deadlocks()
    course = a_course_to_plan()
    *_, last = sorted(
        book_plan(course, plan(course, clinic.site)), key=lambda visit: visit.starts_at
    )
    cancel(last)
    rest = plan(course, clinic.site)
    pinned = Appointment.objects.live().earliest("starts_at")
    booked, moved = race(
        partial(book_plan, course, rest),
        partial(
            move_appointment,
            appointment=pinned,
            revision=pinned.revision,
            starts_at=pinned.starts_at + timedelta(minutes=15),
            actor=DESK,
            now=NOW,
        ),
    )
    assert winners([moved]), "a move by a quarter of an hour stays possible"
    again = Appointment.objects.live().filter(session=last.session_id)
    if winners([booked]):
        # Then it was booked first, around the visit where the plan saw it.
        events = AppointmentEvent.objects
        moved_as = events.get(appointment=pinned, kind="moved").pk
        assert events.get(appointment=again.get(), kind="booked").pk < moved_as
    else:
        assert refusals([booked]) == {PlanOutdated}
        assert not again.exists()
    assert double_claims() == 0
    assert deadlocks() == before


def test_a_course_that_is_stopped_while_its_plan_is_booked_keeps_no_visit(
    clinic: Clinic,
) -> None:
    course = a_course_to_plan()
    planned = plan(course, clinic.site)
    outcomes = race(
        partial(book_plan, course, planned),
        partial(stop_course, course=course, reason="Left", actor=DESK, now=NOW),
    )
    assert winners([outcomes[1]])
    assert not Appointment.objects.live().exists()
    assert not Claim.objects.live().exists()


# --- confirming holds ---------------------------------------------------------


def _held(clinic: Clinic) -> tuple[Course, list[Appointment]]:
    course = a_course_to_plan()
    return course, list(hold_plan(course, plan(course, clinic.site), until=EXPIRY))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_each_hold_is_confirmed_or_lapses_and_never_both(
    clinic: Clinic, number: int
) -> None:
    before = deadlocks()
    course, held = _held(clinic)
    # One desk's clock is just before the expiry, the other's just after it.
    confirmed, lapsed = race(
        partial(
            confirm_course,
            course=course,
            actor=DESK,
            now=EXPIRY - timedelta(seconds=1),
        ),
        partial(lapse_expired_holds, actor=DESK, now=EXPIRY),
    )
    assert winners([confirmed, lapsed]) == [confirmed, lapsed]
    assert len(confirmed) + lapsed == len(held)
    for appointment in held:
        appointment.refresh_from_db()
        ended_as = "booked" if appointment in confirmed else "expired"
        assert (appointment.status, appointment.revision) == (ended_as, 1)
        live = appointment.claims.live().exists()
        assert live is (ended_as == "booked")
    assert AppointmentEvent.objects.count() == 2 * len(held)
    assert deadlocks() == before


def test_two_desks_confirm_a_course_once(clinic: Clinic) -> None:
    course, held = _held(clinic)
    confirm = partial(confirm_course, course=course, actor=DESK, now=NOW)
    outcomes = winners(race(*[confirm] * 4))
    assert sorted(map(len, outcomes)) == [0, 0, 0, len(held)]
    assert AppointmentEvent.objects.filter(kind="confirmed").count() == len(held)


def test_a_hold_that_is_cancelled_meanwhile_is_not_confirmed(clinic: Clinic) -> None:
    course, held = _held(clinic)
    first = min(held, key=lambda appointment: appointment.starts_at)
    confirmed, cancelled = race(
        partial(confirm_course, course=course, actor=DESK, now=NOW),
        partial(
            cancel_appointment,
            appointment=first,
            revision=0,
            reason="Not needed",
            actor=DESK,
            now=NOW,
        ),
    )
    assert winners([confirmed])
    first.refresh_from_db()
    if winners([cancelled]):
        assert first.status == "cancelled"
        assert first not in confirmed
    else:
        assert refusals([cancelled]) == {StaleAppointment}
        assert first.status == "booked"
