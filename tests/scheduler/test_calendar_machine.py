"""Any order of booking, moving, cancelling and restoring keeps the calendar true."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from courses.errors import Refused
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.models import Appointment, AppointmentEvent
from tests.builders import DESK, NOW, a_clinic, a_patient, a_session, at
from tests.desk import an_approved_session, book, cancel, hold, move
from tests.racing import double_claims

STARTS = st.builds(at, st.integers(8, 15), st.sampled_from([0, 30]), day=st.just(1))
ANY = st.integers(0, 99)


class Calendar(RuleBasedStateMachine):
    """Three patients with two sessions each want two chairs on one day."""

    def __init__(self) -> None:
        super().__init__()
        # Each run is rolled back, so that none sees what another left.
        self.run_ = transaction.atomic()
        self.run_.__enter__()
        self.clinic = a_clinic(chairs=2)
        firsts = [an_approved_session(a_patient("Ana", f"V{n}")) for n in range(3)]
        self.sessions = [*firsts, *(a_session(first.course) for first in firsts)]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.run_.__exit__(None, None, None)

    @rule(which=ANY, starts_at=STARTS, is_hold=st.booleans())
    def place(self, which: int, starts_at: datetime, is_hold: bool) -> None:
        session = self.sessions[which % len(self.sessions)]
        place = hold if is_hold else book
        self._try(lambda: place(session, self.clinic.site, starts_at))

    @rule(which=ANY, starts_at=STARTS)
    def move_one(self, which: int, starts_at: datetime) -> None:
        self._with(which, lambda appointment: move(appointment, starts_at))

    @rule(which=ANY)
    def cancel_one(self, which: int) -> None:
        self._with(which, cancel)

    @rule(which=ANY)
    def restore_one(self, which: int) -> None:
        self._with(which, _restore)

    def _with(self, which: int, verb: Callable[[Appointment], object]) -> None:
        appointments = list(Appointment.objects.order_by("created_at", "pk"))
        if appointments:
            self._try(lambda: verb(appointments[which % len(appointments)]))

    def _try(self, act: Callable[[], object]) -> None:
        before = (Appointment.objects.count(), AppointmentEvent.objects.count())
        try:
            act()
        except Refused:
            after = (Appointment.objects.count(), AppointmentEvent.objects.count())
            assert after == before

    @invariant()
    def no_unit_is_held_twice(self) -> None:
        assert double_claims() == 0

    @invariant()
    def a_live_appointment_has_all_its_claims_and_a_dead_one_none(self) -> None:
        for appointment in Appointment.objects.all():
            live = appointment.claims.live().count()
            assert live == (6 if appointment.is_live else 0)

    @invariant()
    def history_tells_every_revision_once(self) -> None:
        for appointment in Appointment.objects.all():
            told = appointment.events.order_by("pk").values_list("revision", flat=True)
            assert list(told) == list(range(appointment.revision + 1))
            last = appointment.events.latest("pk")
            assert (last.to_status, last.sequence) == (
                appointment.status,
                appointment.sequence,
            )

    @invariant()
    def a_session_has_one_live_appointment_at_most(self) -> None:
        live = Appointment.objects.live().values_list("session_id", flat=True)
        assert len(set(live)) == len(live)


def _restore(appointment: Appointment) -> Appointment:
    return restore_appointment(
        appointment=appointment, revision=appointment.revision, actor=DESK, now=NOW
    )


@pytest.mark.django_db
def test_no_order_of_verbs_makes_the_calendar_false() -> None:
    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
