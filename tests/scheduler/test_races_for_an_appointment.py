"""Two people act on one appointment at the same instant: one verb happens, once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from courses.errors import Refused
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.actions.lapse_expired_holds import lapse_expired_holds
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.move_appointment import move_appointment
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.actions.stop_course import stop_course
from scheduler.actions.undo_no_show import undo_no_show
from scheduler.models import Appointment, AppointmentEvent, Claim
from tests.builders import DESK, NOW, Clinic, a_clinic, a_patient, at
from tests.desk import an_approved_session, book, cancel, hold
from tests.racing import deadlocks, double_claims, race, winners

DURING = at(9, 30, day=1)

pytestmark = pytest.mark.django_db(transaction=True)


def _verb(act: Callable[..., Any], **about: Any) -> Callable[[Appointment], object]:
    def click(page: Appointment) -> object:
        return act(appointment=page, revision=page.revision, actor=DESK, **about)

    return click


CHECK_IN = _verb(check_in_appointment, now=DURING)
MISS = _verb(mark_no_show, now=DURING)
CANCEL = _verb(cancel_appointment, reason="Illness", now=DURING)
MOVE = _verb(move_appointment, starts_at=at(13, day=2), now=DURING)
MOVE_ELSEWHERE = _verb(move_appointment, starts_at=at(13, day=3), now=DURING)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CHECK_IN, CHECK_IN),
        (CANCEL, CANCEL),
        (MOVE, MOVE_ELSEWHERE),
        (CHECK_IN, CANCEL),
        (MOVE, CANCEL),
        (MISS, CHECK_IN),
        (MISS, MOVE),
    ],
)
def test_of_two_clicks_on_one_appointment_one_counts(
    first: Callable[[Appointment], object], second: Callable[[Appointment], object]
) -> None:
    clinic = a_clinic()
    before = deadlocks()
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    # Each has the page open as it was.
    pages = [Appointment.objects.get(pk=booked.pk) for _ in range(4)]
    verbs = [first, second, first, second]
    outcomes = race(
        *(partial(verb, page) for verb, page in zip(verbs, pages, strict=True))
    )
    assert len(winners(outcomes)) == 1
    booked.refresh_from_db()
    assert booked.revision == 1
    assert AppointmentEvent.objects.count() == 2
    assert Claim.objects.count() == 6
    assert deadlocks() == before


def test_a_cancelled_appointment_is_restored_once() -> None:
    booked = book(an_approved_session(), a_clinic().site, at(9, day=1))
    cancelled = cancel(booked)
    restore = partial(
        restore_appointment,
        appointment=cancelled,
        revision=cancelled.revision,
        actor=DESK,
        now=NOW,
    )
    assert len(winners(race(*[restore] * 4))) == 1
    assert Appointment.objects.live().count() == 1


def test_a_time_set_free_is_given_back_or_given_away_but_not_both() -> None:
    clinic = a_clinic(chairs=1)
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    missed = mark_no_show(appointment=booked, revision=0, actor=DESK, now=at(9, day=1))
    waiting = an_approved_session(a_patient("Ben", "Ito"))
    outcomes = race(
        partial(
            undo_no_show, appointment=missed, revision=1, actor=DESK, now=at(9, day=1)
        ),
        partial(book, waiting, clinic.site, at(9, 15, day=1), now=at(9, day=1)),
    )
    assert len(winners(outcomes)) == 1
    assert double_claims() == 0


def test_two_appointments_that_change_places_never_share_a_chair() -> None:
    clinic = a_clinic(chairs=1)
    before = deadlocks()
    early = book(an_approved_session(), clinic.site, at(9, day=1))
    late = book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(9, day=2))
    outcomes = race(
        partial(_verb(move_appointment, starts_at=at(9, day=2), now=NOW), early),
        partial(_verb(move_appointment, starts_at=at(9, day=1), now=NOW), late),
    )
    assert winners(outcomes) == []
    assert double_claims() == 0
    assert deadlocks() == before


def test_a_hold_is_confirmed_or_lapses_but_never_both() -> None:
    clinic = a_clinic()
    held = hold(an_approved_session(), clinic.site, at(9, day=5 + 2))
    assert held.hold_expires_at
    outcomes = race(
        partial(confirm_appointment, appointment=held, revision=0, actor=DESK, now=NOW),
        partial(lapse_expired_holds, actor=DESK, now=held.hold_expires_at),
    )
    assert len(outcomes) == 2
    held.refresh_from_db()
    assert held.status in {"booked", "expired"}
    assert held.revision == 1
    assert AppointmentEvent.objects.filter(appointment=held).count() == 2


def test_a_course_that_is_stopped_while_it_is_booked_keeps_no_appointment() -> None:
    clinic = a_clinic()
    session = an_approved_session()
    outcomes = race(
        partial(book, session, clinic.site, at(9, day=1)),
        partial(stop_course, course=session.course, reason="Left", actor=DESK, now=NOW),
    )
    assert not isinstance(outcomes[1], Exception)
    assert outcomes[0] is None or isinstance(outcomes[0], Refused | Appointment)
    assert not Appointment.objects.live().exists()


def test_two_front_desks_that_cancel_and_book_all_day_never_deadlock() -> None:
    clinic: Clinic = a_clinic(chairs=2, nurses=2)
    before = deadlocks()
    sessions = [an_approved_session(a_patient("Ana", f"Vega {n}")) for n in range(6)]
    winners(
        race(
            *(
                partial(_book_and_cancel, session, clinic, number)
                for number, session in enumerate(sessions)
            )
        )
    )
    assert deadlocks() == before
    assert double_claims() == 0


def _book_and_cancel(session: Any, clinic: Clinic, number: int) -> None:
    for turn in range(5):
        try:
            cancel(book(session, clinic.site, at(9 + (number + turn) % 4, day=1)))
        except Refused:
            continue
