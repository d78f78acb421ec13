"""The visits that belong to a dose: which go when it goes, and come back with it."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduler.models import Appointment
from scheduler.planning.wording import day_text
from scheduler.rules import MOVABLE

# In the details of a cancellation: the appointment of the dose that took it along.
CANCELLED_WITH = "cancelled_with"


def pairs_to_come(appointment: Appointment, now: datetime) -> QuerySet[Appointment]:
    """Return the visits that are canceled with this one, unless the desk objects."""
    dose = appointment.session
    belongs = Q(session__pair_of_id=dose.pk)
    if dose.step_id is not None:
        belongs |= Q(session__step__pair_of_id=dose.step_id)
    return Appointment.objects.select_related("session", "site").filter(
        belongs,
        session__course_id=dose.course_id,
        status__in=MOVABLE,
        starts_at__gt=now,
    )


def pairs_cancelled_with(appointment: Appointment) -> QuerySet[Appointment]:
    """Return the visits that a canceled dose took along and that have no time now."""
    placed_again = Appointment.objects.live().filter(session=OuterRef("session"))
    return Appointment.objects.select_related("session", "site").filter(
        ~Exists(placed_again),
        session__course_id=appointment.session.course_id,
        **{f"events__details__{CANCELLED_WITH}": str(appointment.pk)},
    )


def pairs_restored_with(restored: Appointment) -> QuerySet[Appointment]:
    """Return the visits that came back when this one was restored."""
    along = f"restores__events__details__{CANCELLED_WITH}"
    return (
        Appointment.objects.live()
        .select_related("session", "site")
        .filter(
            session__course_id=restored.session.course_id,
            **{along: str(restored.restores_id)},
        )
    )


def in_words(appointment: Appointment) -> str:
    """Return which visit it is and when, as a sentence names it."""
    local = appointment.starts_at.astimezone(appointment.site.zone)
    return f"{appointment.session.label} on {day_text(local.date())} at {local:%H:%M}"
