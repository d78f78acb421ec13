"""Confirm everything that a course holds."""

from datetime import datetime

from courses.actors import Actor
from courses.locks import lock_active_course
from courses.models import Course
from courses.transactions import action
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.models import Appointment


@action
def confirm_course(
    *, course: Course, actor: Actor, now: datetime
) -> tuple[Appointment, ...]:
    """Make every hold of the course a booking, or none of them.

    Raises what confirm_appointment raises for the first that can't be.
    """
    locked = lock_active_course(course.pk)
    held = Appointment.objects.filter(
        session__course=locked, status=Appointment.Status.HELD
    ).select_related("session", "site")
    return tuple(
        confirm_appointment(
            appointment=appointment,
            revision=appointment.revision,
            actor=actor,
            now=now,
        )
        for appointment in held.order_by("starts_at")
    )
