"""From check-in to the end of a visit, with every step back that the desk may need."""

from datetime import datetime

import pytest

from courses.models import Course, CourseEvent, Session
from scheduler.actions.begin_recovery import begin_recovery
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.finish_appointment import finish_appointment
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.start_appointment import start_appointment
from scheduler.actions.undo_check_in import undo_check_in
from scheduler.actions.undo_no_show import undo_no_show
from scheduler.errors import SlotTaken, StaleAppointment, TransitionRefused
from scheduler.models import Appointment, AppointmentEvent, Claim
from tests.builders import (
    DESK,
    Clinic,
    a_clinic,
    a_patient,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book

NINE = at(9, day=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


@pytest.fixture
def booked(clinic: Clinic) -> Appointment:
    return book(an_approved_session(), clinic.site, NINE)


def _check_in(appointment: Appointment, now: datetime = NINE) -> Appointment:
    return check_in_appointment(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=now
    )


def _start(appointment: Appointment) -> Appointment:
    return start_appointment(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=NINE
    )


def _recover(appointment: Appointment) -> Appointment:
    return begin_recovery(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=NINE
    )


def _finish(appointment: Appointment) -> Appointment:
    return finish_appointment(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=NINE
    )


def _miss(appointment: Appointment, now: datetime = NINE) -> Appointment:
    return mark_no_show(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=now
    )


def _undo_miss(appointment: Appointment) -> Appointment:
    return undo_no_show(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=NINE
    )


def _session_status(appointment: Appointment) -> str:
    return Session.objects.get(pk=appointment.session_id).status


def test_a_dose_goes_from_check_in_through_recovery_to_its_end(
    booked: Appointment,
) -> None:
    done = _finish(_recover(_start(_check_in(booked))))
    done.refresh_from_db()
    assert (done.status, done.revision) == ("completed", 4)
    assert _session_status(done) == "done"
    told = AppointmentEvent.objects.order_by("pk").values_list(
        "kind", "from_status", "to_status", "revision"
    )
    assert list(told) == [
        ("booked", "", "booked", 0),
        ("checked_in", "booked", "arrived", 1),
        ("started", "arrived", "in_session", 2),
        ("recovery_begun", "in_session", "recovering", 3),
        ("finished", "recovering", "completed", 4),
    ]


def test_a_visit_without_a_dose_has_no_recovery(clinic: Clinic) -> None:
    talk = book(an_approved_session(visit_type=an_integration()), clinic.site, NINE)
    started = _start(_check_in(talk))
    with pytest.raises(TransitionRefused, match="Only a dosing session"):
        _recover(started)
    assert _finish(started).status == "completed"


def test_a_dose_does_not_end_without_a_recovery(booked: Appointment) -> None:
    started = _start(_check_in(booked))
    with pytest.raises(TransitionRefused, match="recovery"):
        _finish(started)


def test_the_first_treatment_visit_puts_the_course_in_treatment(
    booked: Appointment,
) -> None:
    _start(_check_in(booked))
    assert Course.objects.get().status == "in_treatment"
    assert _session_status(booked) == "in_progress"
    assert CourseEvent.objects.filter(kind="treatment_started").count() == 1


@pytest.mark.parametrize(
    ("now", "is_the_day"),
    [
        (at(23, 59), False),
        (at(0, 0, day=1), True),
        (at(23, 59, day=1), True),
        (at(0, 0, day=2), False),
    ],
)
def test_patients_are_checked_in_on_the_local_day_of_the_visit(
    booked: Appointment, now: datetime, is_the_day: bool
) -> None:
    if is_the_day:
        assert _check_in(booked, now).status == "arrived"
    else:
        with pytest.raises(TransitionRefused, match="day of the visit"):
            _check_in(booked, now)


def test_a_check_in_by_mistake_is_undone_and_both_stay_in_history(
    booked: Appointment,
) -> None:
    arrived = _check_in(booked)
    again = undo_check_in(
        appointment=arrived, revision=arrived.revision, actor=DESK, now=NINE
    )
    assert (again.status, again.revision) == ("booked", 2)
    kinds = AppointmentEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["booked", "checked_in", "check_in_undone"]


def test_a_visit_is_missed_from_its_start_on_and_not_before(
    booked: Appointment,
) -> None:
    with pytest.raises(TransitionRefused):
        _miss(booked, at(8, 59, day=1))
    assert _miss(booked, NINE).status == "no_show"


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("", {}), ("   ", {}), (" Train was late ", {"reason": "Train was late"})],
)
def test_a_no_show_keeps_its_reason_in_history_if_one_is_known(
    booked: Appointment, reason: str, kept: dict[str, str]
) -> None:
    mark_no_show(appointment=booked, revision=0, reason=reason, actor=DESK, now=NINE)
    assert AppointmentEvent.objects.get(kind="no_show").details == kept


def test_a_no_show_frees_the_claims_and_closes_the_session(
    booked: Appointment,
) -> None:
    missed = _miss(booked)
    assert not Claim.objects.live().exists()
    assert _session_status(missed) == "missed"


def test_an_undone_no_show_has_its_claims_and_its_session_back(
    booked: Appointment,
) -> None:
    back = _undo_miss(_miss(booked))
    assert (back.status, back.revision) == ("booked", 2)
    assert Claim.objects.live().count() == 6
    assert _session_status(back) == "open"


def test_a_no_show_is_not_undone_when_its_chair_was_given_away(
    clinic: Clinic, booked: Appointment
) -> None:
    missed = _miss(booked, at(9, 10, day=1))
    book(
        an_approved_session(a_patient("Ben", "Ito")),
        clinic.site,
        at(9, 15, day=1),
        now=at(9, 10, day=1),
    )
    with pytest.raises(SlotTaken):
        _undo_miss(missed)
    missed.refresh_from_db()
    assert (missed.status, missed.revision) == ("no_show", 1)
    assert _session_status(missed) == "missed"


def test_each_verb_refuses_a_stale_page(booked: Appointment) -> None:
    page = Appointment.objects.get(pk=booked.pk)
    _check_in(booked)
    for verb in (_check_in, _start, _recover, _finish, _miss, _undo_miss):
        with pytest.raises(StaleAppointment):
            verb(page)
    assert AppointmentEvent.objects.count() == 2


def test_a_second_click_on_check_in_is_refused_kindly(booked: Appointment) -> None:
    arrived = _check_in(booked)
    with pytest.raises(TransitionRefused, match="Reload the page"):
        _check_in(arrived)
