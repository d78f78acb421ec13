"""Confirm everything that a course holds."""

from collections.abc import Iterable
from datetime import datetime

from courses.actors import Actor
from courses.locks import lock_active_course
from courses.models import Course, VisitType
from courses.rules.eligibility import NONE_CONFIRMED, refuse_doses
from courses.shapes import newest_decision
from courses.transactions import action
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.errors import NotEligible
from scheduler.models import Appointment


@action
def confirm_course(
    *, course: Course, actor: Actor, now: datetime
) -> tuple[Appointment, ...]:
    """Make every hold of the course a booking, or none of them.

    Raises NotEligible that names all doses that no assessment clears, and what
    confirm_appointment raises for the first of the others that can't be.
    """
    locked = lock_active_course(course.pk)
    held = (
        Appointment.objects.filter(
            session__course=locked, status=Appointment.Status.HELD
        )
        .select_related("session__visit_type", "site")
        .order_by("starts_at")
    )
    _check_doses(locked, held)
    return tuple(
        confirm_appointment(
            appointment=appointment,
            revision=appointment.revision,
            actor=actor,
            now=now,
        )
        for appointment in held
    )


def _check_doses(course: Course, held: Iterable[Appointment]) -> None:
    doses = [
        (
            appointment.session.label,
            appointment.starts_at.astimezone(appointment.site.zone).date(),
        )
        for appointment in held
        if appointment.session.visit_type.kind == VisitType.Kind.DOSING
    ]
    refusals = refuse_doses(newest_decision(course.pk), doses, way_out=NONE_CONFIRMED)
    if refusals:
        raise NotEligible(*refusals)
