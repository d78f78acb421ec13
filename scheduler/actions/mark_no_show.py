"""Record that a patient did not come."""

from datetime import datetime

from courses.actions.mark_session import mark_session
from courses.actors import Actor
from courses.models import Session
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.transitions import change_status


@action
def mark_no_show(
    *,
    appointment: Appointment,
    revision: int,
    reason: str = "",
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make the visit a no-show and its session missed; its claims are set free.

    History keeps the reason, if one is known. Only from the start of the visit on.
    Raises TransitionRefused, StaleAppointment.
    """
    _, locked = lock_appointment(appointment, revision)
    if now < locked.starts_at:
        local = locked.starts_at.astimezone(locked.site.zone)
        raise TransitionRefused.because(
            f"The visit begins at {local:%H:%M} on {local:%b} {local.day}. "
            "Until then the patient may still come; cancel it if not."
        )
    missed = change_status(
        locked,
        Appointment.Status.NO_SHOW,
        AppointmentEvent.Kind.NO_SHOW,
        details={"reason": reason.strip()} if reason.strip() else None,
        actor=actor,
        now=now,
    )
    mark_session(
        session=locked.session, status=Session.Status.MISSED, actor=actor, now=now
    )
    return missed
