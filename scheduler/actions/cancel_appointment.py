"""Cancel an appointment, and with a dose the visits that belong to it."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import BadInput
from courses.transactions import action
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.rules import MOVABLE
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
    """Make the appointment cancelled; its session is open for a new time.

    With a dose, the visits paired with it that are still to come are cancelled in the
    same transaction. Raises BadInput without a reason, TransitionRefused and
    StaleAppointment.
    """
    _, locked = lock_appointment(appointment, revision)
    if not reason.strip():
        raise BadInput.because("Say why the appointment is cancelled.")
    cancelled = _cancel(locked, reason.strip(), actor, now)
    if with_pair and locked.session.step_id is not None:
        for paired in _paired(locked, now):
            _cancel(paired, f"Belongs to {locked.session.label}", actor, now)
    return cancelled


def _cancel(
    appointment: Appointment, reason: str, actor: Actor, now: datetime
) -> Appointment:
    appointment.cancel_reason = reason[:200]
    return change_status(
        appointment,
        Appointment.Status.CANCELLED,
        AppointmentEvent.Kind.CANCELLED,
        fields=("cancel_reason",),
        details={"reason": reason},
        actor=actor,
        now=now,
    )


def _paired(appointment: Appointment, now: datetime) -> list[Appointment]:
    return list(
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("session", "site")
        .filter(
            session__course_id=appointment.session.course_id,
            session__step__pair_of_id=appointment.session.step_id,
            status__in=MOVABLE,
            starts_at__gt=now,
        )
        .order_by("pk")
    )
