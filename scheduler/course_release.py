"""Frees the calendar of a course that has ended."""

from datetime import datetime

from courses.actors import Actor
from courses.models import Course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.models import Appointment
from scheduler.querysets import AppointmentQuerySet
from scheduler.rules import MOVABLE


def to_come(course: Course, now: datetime) -> AppointmentQuerySet:
    """Return the appointments that ending the course would cancel."""
    return Appointment.objects.filter(
        session__course=course, status__in=MOVABLE, starts_at__gt=now
    )


def release_future(course: Course, *, reason: str, actor: Actor, now: datetime) -> None:
    """Cancel every appointment of the course that hasn't begun.

    The caller's transaction holds the course's lock.
    """
    waiting = to_come(course, now).select_related("session", "site")
    for appointment in waiting.order_by("starts_at"):
        cancel_appointment(
            appointment=appointment,
            revision=appointment.revision,
            reason=reason,
            with_pair=False,
            actor=actor,
            now=now,
        )
