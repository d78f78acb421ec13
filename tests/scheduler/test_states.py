"""Every action from every status: it goes where the table says, or it is refused."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from courses.errors import Refused
from scheduler.actions.begin_recovery import begin_recovery
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.actions.finish_appointment import finish_appointment
from scheduler.actions.lapse_expired_holds import lapse_expired_holds
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.start_appointment import start_appointment
from scheduler.actions.undo_check_in import undo_check_in
from scheduler.actions.undo_no_show import undo_no_show
from scheduler.errors import TransitionRefused
from scheduler.models import Appointment, AppointmentEvent
from scheduler.rules import LIVE_STATUSES, MOVABLE, TRANSITIONS
from tests.builders import DESK, a_chair, a_site, an_appointment, an_integration, at
from tests.desk import an_approved_session

# While the visit lasts, so that no verb is refused for its hour.
DURING = at(9, 30, day=1)


def _lapse(*, appointment: Appointment, revision: int, **about: Any) -> None:
    Appointment.objects.filter(pk=appointment.pk).update(
        hold_expires_at=DURING - timedelta(minutes=1)
    )
    if not lapse_expired_holds(**about):
        raise TransitionRefused


@dataclass(frozen=True)
class Verb:
    act: Callable[..., object]
    leaves: tuple[str, ...]
    to: str

    def __str__(self) -> str:
        return self.act.__name__.strip("_")


VERBS = (
    Verb(confirm_appointment, ("held",), "booked"),
    Verb(check_in_appointment, ("booked",), "arrived"),
    Verb(undo_check_in, ("arrived",), "booked"),
    Verb(start_appointment, ("arrived",), "in_session"),
    Verb(begin_recovery, ("in_session",), "recovering"),
    Verb(finish_appointment, ("recovering",), "completed"),
    Verb(mark_no_show, ("booked",), "no_show"),
    Verb(undo_no_show, ("no_show",), "booked"),
    Verb(cancel_appointment, ("held", "booked", "arrived"), "cancelled"),
    Verb(_lapse, ("held",), "expired"),
)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", VERBS, ids=str)
@pytest.mark.parametrize("status", sorted(TRANSITIONS))
def test_an_action_goes_where_the_table_says_or_is_refused(
    verb: Verb, status: str
) -> None:
    chair = a_chair(a_site())
    appointment = an_appointment(
        an_approved_session(), site=chair.site, status=status, claims=[(chair, 0)]
    )
    arguments = {"reason": "Illness"} if verb.act is cancel_appointment else {}
    try:
        verb.act(
            appointment=appointment, revision=0, actor=DESK, now=DURING, **arguments
        )
    except Refused:
        assert status not in verb.leaves
        _assert_untouched(appointment, status)
        return
    assert status in verb.leaves
    assert verb.to in TRANSITIONS[status]
    _assert_changed(appointment, status, verb.to)


def _assert_untouched(appointment: Appointment, status: str) -> None:
    unchanged = Appointment.objects.get(pk=appointment.pk)
    assert (unchanged.status, unchanged.revision, unchanged.sequence) == (status, 0, 0)
    assert not AppointmentEvent.objects.exists()


def _assert_changed(appointment: Appointment, before: str, after: str) -> None:
    changed = Appointment.objects.get(pk=appointment.pk)
    assert (changed.status, changed.revision, changed.sequence) == (after, 1, 1)
    event = AppointmentEvent.objects.get()
    assert (event.from_status, event.to_status) == (before, after)
    assert (event.revision, event.sequence) == (1, 1)
    assert changed.claims.get().is_live == (after in LIVE_STATUSES)


@pytest.mark.django_db
@pytest.mark.parametrize("visit_status", ["in_session"])
def test_a_visit_without_a_dose_is_finished_from_its_session(visit_status: str) -> None:
    session = an_approved_session(visit_type=an_integration())
    appointment = an_appointment(session, status=visit_status)
    finish_appointment(appointment=appointment, revision=0, actor=DESK, now=DURING)
    assert "completed" in TRANSITIONS[visit_status]
    assert Appointment.objects.get().status == "completed"


def test_every_step_of_the_table_is_taken_by_some_action() -> None:
    taken = {(status, verb.to) for verb in VERBS for status in verb.leaves}
    # The way of visits without a dose, shown above.
    taken.add(("in_session", "completed"))
    assert taken == {(here, to) for here, tos in TRANSITIONS.items() for to in tos}


def test_the_table_knows_every_status() -> None:
    known = set(Appointment.Status.values)
    assert set(TRANSITIONS) == known
    assert set(LIVE_STATUSES) <= known
    assert set(MOVABLE) <= set(LIVE_STATUSES)


@pytest.mark.parametrize("verb", VERBS, ids=str)
def test_actions_take_names_and_never_positions(verb: Verb) -> None:
    kinds = {each.kind for each in inspect.signature(verb.act).parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
