"""Bring a canceled or expired appointment back, with what was canceled along."""

from collections.abc import Collection
from datetime import datetime, timedelta

from courses.actors import Actor
from courses.errors import Refused
from courses.models import Course
from courses.transactions import action
from scheduler.errors import SessionAlreadyPlaced, TransitionRefused
from scheduler.locks import lock_appointment, lock_resources
from scheduler.models import Appointment, AppointmentEvent, Claim
from scheduler.pairs import pairs_cancelled_with
from scheduler.placing import fresh_session, place_session

RESTORABLE = (Appointment.Status.CANCELLED, Appointment.Status.EXPIRED)
SHORTEST_HOLD = timedelta(days=1)


@action
def restore_appointment(
    *,
    appointment: Appointment,
    revision: int,
    with_pair: bool = True,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make a NEW appointment at the old time, with the old people and things.

    Calendars may have forgotten the old UID for good, so the new one begins at
    SEQUENCE 0 with a UID of its own; the old row stays as it was. With a dose come
    back the visits that were canceled with it, as far as their times can still be
    had; the others stay canceled. Raises SessionAlreadyPlaced, TransitionRefused,
    NotFree, NotEligible and the other refusals of booking.
    """
    course, locked = lock_appointment(appointment, revision)
    if locked.status not in RESTORABLE:
        raise TransitionRefused.because(
            f"The appointment is {locked.get_status_display().lower()}; "
            "only a canceled or expired one can be restored."
        )
    if Appointment.objects.live().filter(session=locked.session_id).exists():
        raise SessionAlreadyPlaced
    pairs = list(pairs_cancelled_with(locked)) if with_pair else []
    _lock_resources_of([locked, *pairs])
    restored = _place_again(locked, course, actor, now)
    for pair in pairs:
        try:
            _place_again(pair, course, actor, now)
        except Refused:
            # The dose matters more; the page says that this one must be placed.
            continue
    return restored


def _lock_resources_of(appointments: Collection[Appointment]) -> None:
    """Lock them all in one go, so that everybody keeps the same order."""
    claims = Claim.objects.filter(appointment__in=appointments)
    lock_resources(set(claims.values_list("resource_id", flat=True)))


@action
def _place_again(
    appointment: Appointment, course: Course, actor: Actor, now: datetime
) -> Appointment:
    was_held = _status_before(appointment) == Appointment.Status.HELD
    held = Appointment.Status.HELD if was_held else Appointment.Status.BOOKED
    return place_session(
        course=course,
        session=fresh_session(appointment.session, course),
        site=appointment.site,
        starts_at=appointment.starts_at,
        chosen=dict(appointment.claims.values_list("party", "resource_id")),
        status=held,
        kind=AppointmentEvent.Kind.RESTORED,
        hold_expires_at=now + SHORTEST_HOLD if was_held else None,
        restores=appointment,
        actor=actor,
        now=now,
    )


def _status_before(appointment: Appointment) -> str:
    event = appointment.events.order_by("-revision", "-pk").first()
    return event.from_status if event else ""
