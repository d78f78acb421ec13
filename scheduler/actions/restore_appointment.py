"""Bring a cancelled or expired appointment back."""

from datetime import datetime, timedelta

from courses.actors import Actor
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent
from scheduler.placing import fresh_session, place_session

RESTORABLE = (Appointment.Status.CANCELLED, Appointment.Status.EXPIRED)
SHORTEST_HOLD = timedelta(days=1)


@action
def restore_appointment(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make a NEW appointment at the old time, with the old people and things.

    Calendars may have forgotten the old UID for good, so the new one begins at
    SEQUENCE 0 with a UID of its own; the old row stays as it was. Raises
    TransitionRefused, NotFree, NotEligible and the other refusals of booking.
    """
    course, locked = lock_appointment(appointment, revision)
    if locked.status not in RESTORABLE:
        raise TransitionRefused.because(
            f"The appointment is {locked.get_status_display().lower()}; "
            "only a cancelled or expired one can be restored."
        )
    was_held = _status_before(locked) == Appointment.Status.HELD
    held = Appointment.Status.HELD if was_held else Appointment.Status.BOOKED
    return place_session(
        course=course,
        session=fresh_session(locked.session, course),
        site=locked.site,
        starts_at=locked.starts_at,
        chosen=dict(locked.claims.values_list("party", "resource_id")),
        status=held,
        kind=AppointmentEvent.Kind.RESTORED,
        hold_expires_at=now + SHORTEST_HOLD if was_held else None,
        restores=locked,
        actor=actor,
        now=now,
    )


def _status_before(appointment: Appointment) -> str:
    event = appointment.events.order_by("-revision", "-pk").first()
    return event.from_status if event else ""
