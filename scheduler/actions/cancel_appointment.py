"""Cancel an appointment, and with a dose the visits that belong to it."""

from collections.abc import Mapping
from datetime import datetime

from courses.actors import Actor
from courses.errors import BadInput
from courses.transactions import action
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.pairs import CANCELLED_WITH, pairs_to_come
from scheduler.transitions import change_status


@action
def cancel_appointment(
    *,
    appointment: Appointment,
    revision: int,
    reason: str,
    with_pair: bool = True,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make the appointment canceled; its session is open for a new time.

    With a dose, the visits paired with it that are still to come are canceled in the
    same transaction. Raises BadInput without a reason, TransitionRefused and
    StaleAppointment.
    """
    _, locked = lock_appointment(appointment, revision)
    if not reason.strip():
        raise BadInput.because("Say why the appointment is canceled.")
    canceled = _cancel(locked, reason.strip(), {}, actor, now)
    if with_pair:
        pairs = pairs_to_come(locked, now).order_by("pk")
        for pair in pairs.select_for_update(no_key=True, of=("self",)):
            reason = f"Belongs to {locked.session.label}"
            along = {CANCELLED_WITH: str(locked.pk)}
            _cancel(pair, reason, along, actor, now)
    return canceled


def _cancel(
    appointment: Appointment,
    reason: str,
    along: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> Appointment:
    appointment.cancel_reason = reason[:200]
    return change_status(
        appointment,
        Appointment.Status.CANCELLED,
        AppointmentEvent.Kind.CANCELLED,
        fields=("cancel_reason",),
        details={"reason": reason, **along},
        actor=actor,
        now=now,
    )
