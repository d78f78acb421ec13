"""The one place where an appointment's status changes."""

from collections.abc import Mapping
from datetime import datetime

from courses.actors import Actor
from scheduler.appointment_history import record, revise
from scheduler.errors import TransitionRefused
from scheduler.models import Appointment
from scheduler.rules import refuse_transition


def change_status(
    appointment: Appointment,
    to_status: str,
    kind: str,
    *,
    fields: tuple[str, ...] = (),
    details: Mapping[str, object] | None = None,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Give a locked appointment its next status, with its event row.

    Its claims stop or start to be live in the same statement, by a trigger. Raises
    TransitionRefused.
    """
    refusal = refuse_transition(appointment.status, to_status)
    if refusal is not None:
        raise TransitionRefused(refusal)
    from_status, appointment.status = appointment.status, to_status
    revise(appointment, fields=("status", *fields), now=now, told=True)
    record(
        appointment,
        kind,
        from_status=from_status,
        details=details,
        actor=actor,
        now=now,
    )
    return appointment
