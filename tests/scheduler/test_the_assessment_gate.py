"""No dose is booked without an eligible assessment that is valid on its local day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from courses.models import Assessment, Course, Session, VisitType
from courses.rules.eligibility import Decision, refuse_doses
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.actions.start_appointment import start_appointment
from scheduler.errors import NotEligible
from scheduler.models import Appointment, Resource
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_clinic,
    a_clinician,
    a_course,
    a_session,
    an_assessment_visit,
    an_eligible_assessment,
    an_integration,
    at,
    working_hours,
)
from tests.desk import an_approved_session, book, cancel, hold, move

pytestmark = pytest.mark.django_db


def _decide(course: Course, decision: str, *, decided_at: datetime) -> None:
    Assessment.objects.create(
        course=course,
        assessed_on=TODAY,
        recorded_at=NOW,
        decision=decision,
        decided_by=a_clinician("Dr. Later"),
        decided_at=decided_at,
        valid_until=date(2026, 12, 31) if decision == "eligible" else None,
    )


def test_a_dose_without_an_assessment_is_held_but_not_booked() -> None:
    clinic = a_clinic()
    session = a_session()
    with pytest.raises(NotEligible, match="there is none"):
        book(session, clinic.site, at(9, day=1))
    assert hold(session, clinic.site, at(9, day=1)).status == "held"


def test_an_undecided_assessment_does_not_let_a_dose_be_booked() -> None:
    session = a_session()
    Assessment.objects.create(course=session.course, assessed_on=TODAY, recorded_at=NOW)
    with pytest.raises(NotEligible):
        book(session, a_clinic().site, at(9, day=1))


@pytest.mark.parametrize("decision", ["deferred", "not_eligible"])
def test_a_later_decision_takes_an_earlier_eligible_away(decision: str) -> None:
    session = an_approved_session()
    _decide(session.course, decision, decided_at=NOW + timedelta(seconds=1))
    with pytest.raises(NotEligible):
        book(session, a_clinic().site, at(9, day=1))


def test_a_later_eligible_decision_counts_again() -> None:
    session = an_approved_session()
    _decide(session.course, "deferred", decided_at=NOW + timedelta(seconds=1))
    _decide(session.course, "eligible", decided_at=NOW + timedelta(seconds=2))
    assert book(session, a_clinic().site, at(9, day=1))


def test_the_assessment_of_another_course_counts_for_nothing() -> None:
    earlier = a_course(status="completed")
    an_eligible_assessment(earlier)
    again = a_session(a_course(earlier.patient))
    with pytest.raises(NotEligible):
        book(again, a_clinic().site, at(9, day=1))


@pytest.mark.parametrize("visit_type", [an_integration, an_assessment_visit])
def test_visits_without_a_dose_need_no_assessment(
    visit_type: Callable[[], VisitType],
) -> None:
    session = a_session(a_course(), visit_type())
    assert book(session, a_clinic().site, at(9, day=1)).status == "booked"


# Late in the evening in New York it is already the next day in UTC; early in the
# morning in Auckland it is still the day before.
NEW_YORK_EVENING = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)  # Tue May 5, 21:00
NEW_YORK_NEXT_DAY = datetime(2026, 5, 6, 13, 0, tzinfo=UTC)  # Wed May 6, 09:00
AUCKLAND_MORNING = datetime(2026, 5, 5, 21, 0, tzinfo=UTC)  # Wed May 6, 09:00
AUCKLAND_EVENING = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)  # Tue May 5, 20:00


@pytest.mark.parametrize(
    ("zone", "starts_at", "is_allowed"),
    [
        ("America/New_York", NEW_YORK_EVENING, True),
        ("America/New_York", NEW_YORK_NEXT_DAY, False),
        ("Pacific/Auckland", AUCKLAND_EVENING, True),
        ("Pacific/Auckland", AUCKLAND_MORNING, False),
    ],
)
def test_the_last_valid_day_is_a_day_on_the_clocks_of_the_site(
    zone: str, starts_at: datetime, is_allowed: bool
) -> None:
    clinic = a_clinic(zone=zone, chairs=1)
    _open_around_the_clock()
    course = a_course()
    an_eligible_assessment(course, valid_until=date(2026, 5, 5))
    session = a_session(course)
    held = hold(session, clinic.site, starts_at)
    if is_allowed:
        assert _confirm(held).status == "booked"
    else:
        with pytest.raises(NotEligible):
            _confirm(held)


@pytest.mark.parametrize(
    ("starts_at", "is_allowed"),
    [(NEW_YORK_EVENING, False), (NEW_YORK_NEXT_DAY, True)],
)
def test_a_dose_never_comes_before_the_day_of_its_assessment(
    starts_at: datetime, is_allowed: bool
) -> None:
    clinic = a_clinic(chairs=1)
    _open_around_the_clock()
    course = a_course()
    an_eligible_assessment(course, assessed_on=date(2026, 5, 6))
    session = a_session(course)
    if is_allowed:
        assert book(session, clinic.site, starts_at)
    else:
        with pytest.raises(NotEligible):
            book(session, clinic.site, starts_at)


def _open_around_the_clock() -> None:
    for resource in Resource.objects.all():
        resource.working_hours.all().delete()
        working_hours(resource, opens=time(0), closes=time(23, 59), weekdays=range(7))


def test_a_dose_is_not_moved_past_the_last_valid_day() -> None:
    clinic = a_clinic()
    course = a_course()
    an_eligible_assessment(course, valid_until=date(2026, 5, 5))
    booked = book(a_session(course), clinic.site, at(9, day=1))
    with pytest.raises(NotEligible):
        move(booked, at(9, day=2))
    booked.refresh_from_db()
    assert booked.starts_at == at(9, day=1)


def test_a_held_dose_may_be_moved_anywhere_and_is_checked_when_confirmed() -> None:
    clinic = a_clinic()
    held = hold(a_session(), clinic.site, at(9, day=1))
    moved = move(held, at(9, day=2))
    with pytest.raises(NotEligible):
        _confirm(moved)


def test_a_cancelled_dose_is_not_restored_once_the_assessment_has_gone() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    cancelled = cancel(booked)
    _decide(booked.session.course, "deferred", decided_at=NOW + timedelta(minutes=1))
    with pytest.raises(NotEligible):
        restore_appointment(
            appointment=cancelled, revision=cancelled.revision, actor=DESK, now=NOW
        )
    assert not Appointment.objects.live().exists()


def test_a_dose_is_not_started_when_the_decision_has_changed_since_booking() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    arrived = check_in_appointment(
        appointment=booked, revision=0, actor=DESK, now=at(8, 50, day=1)
    )
    _decide(booked.session.course, "deferred", decided_at=at(8, 55, day=1))
    with pytest.raises(NotEligible):
        start_appointment(
            appointment=arrived,
            revision=arrived.revision,
            actor=DESK,
            now=at(9, day=1),
        )
    assert Session.objects.get(pk=booked.session_id).status == "open"


def test_the_refusal_says_the_session_the_day_and_what_to_do() -> None:
    course = a_course()
    an_eligible_assessment(course, valid_until=date(2026, 5, 5))
    with pytest.raises(NotEligible) as refused:
        book(a_session(course), a_clinic().site, at(9, day=2))
    (refusal,) = refused.value.refusals
    assert refusal.rule == "gate.assessment"
    assert refusal.is_hard
    assert "May 6" in refusal.sentence
    assert "May 5" in refusal.sentence
    assert "or hold the time instead" in refusal.sentence


def test_what_is_held_already_is_not_told_to_be_held_instead() -> None:
    held = hold(a_session(), a_clinic().site, at(9, day=1))
    with pytest.raises(NotEligible) as refused:
        _confirm(held)
    (refusal,) = refused.value.refusals
    assert "or hold the time" not in refusal.sentence
    assert "It stays held until its hold lapses" in refusal.sentence


def test_many_doses_refused_for_one_reason_are_refused_in_one_sentence() -> None:
    decision = Decision("eligible", TODAY, date(2026, 5, 8))
    days = [date(2026, 5, day) for day in (5, 7, 9, 11, 13)]
    doses = [(f"Infusion {n}", on) for n, on in enumerate(days, start=1)]
    (refusal,) = refuse_doses(decision, doses)
    assert refusal.sentence == (
        "Infusion 3 and 2 more, May 9 to May 13, aren't cleared: the assessment is"
        " valid until May 8. Ask the prescriber for an assessment."
    )


def _confirm(held: Appointment) -> Appointment:
    return confirm_appointment(
        appointment=held, revision=held.revision, actor=DESK, now=NOW
    )
