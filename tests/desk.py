"""What the front desk does, in one line each, as it happens at `NOW`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from courses.models import Patient, Session, VisitType
from scheduler.actions.book_appointment import book_appointment
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.hold_appointment import hold_appointment
from scheduler.actions.move_appointment import move_appointment
from scheduler.models import Appointment, Resource, Site
from tests.builders import (
    DESK,
    NOW,
    a_course,
    a_patient,
    a_session,
    an_eligible_assessment,
)


def an_approved_session(
    patient: Patient | None = None, visit_type: VisitType | None = None
) -> Session:
    """An open session that may be booked: an infusion, unless told another visit."""
    course = a_course(patient or a_patient())
    an_eligible_assessment(course)
    return a_session(course, visit_type)


def book(
    session: Session,
    site: Site,
    starts_at: datetime,
    *,
    chosen: Mapping[str, UUID] | None = None,
    now: datetime = NOW,
) -> Appointment:
    return book_appointment(
        session=session,
        site=site,
        starts_at=starts_at,
        chosen=chosen,
        actor=DESK,
        now=now,
    )


def hold(
    session: Session, site: Site, starts_at: datetime, *, days: int = 2
) -> Appointment:
    return hold_appointment(
        session=session,
        site=site,
        starts_at=starts_at,
        hold_expires_at=NOW + timedelta(days=days),
        actor=DESK,
        now=NOW,
    )


def move(
    appointment: Appointment,
    starts_at: datetime,
    *,
    chosen: Mapping[str, UUID] | None = None,
) -> Appointment:
    return move_appointment(
        appointment=appointment,
        revision=appointment.revision,
        starts_at=starts_at,
        chosen=chosen,
        actor=DESK,
        now=NOW,
    )


def cancel(appointment: Appointment, *, reason: str = "Patient is ill") -> Appointment:
    return cancel_appointment(
        appointment=appointment,
        revision=appointment.revision,
        reason=reason,
        actor=DESK,
        now=NOW,
    )


def claimed(appointment: Appointment) -> set[tuple[Resource, int, int, int]]:
    """(resource, unit, minutes after the start, minutes) of each live claim."""
    minute = timedelta(minutes=1)
    return {
        (
            claim.resource,
            claim.unit,
            (claim.starts_at - appointment.starts_at) // minute,
            (claim.ends_at - claim.starts_at) // minute,
        )
        for claim in appointment.claims.live().select_related("resource")
    }
