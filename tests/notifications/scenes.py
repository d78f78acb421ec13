"""A patient with one appointment, booked through the front door, and its messages."""

from datetime import datetime, timedelta

from courses.actors import Actor
from courses.models import Patient
from notifications.actions.dispatch_notifications import dispatch_notifications
from notifications.actions.plan_notifications import plan_notifications
from notifications.models import Notification
from scheduler.actions.book_appointment import book_appointment
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.move_appointment import move_appointment
from scheduler.models import Appointment
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    an_integration,
    at,
)

SYSTEM = Actor.system("tests")
TOLD_AT = NOW + timedelta(minutes=3)
WEDNESDAY_AT_NINE = at(9, day=2)


def a_booking(
    *,
    clinic: Clinic | None = None,
    patient: Patient | None = None,
    starts_at: datetime = WEDNESDAY_AT_NINE,
    now: datetime = NOW,
) -> Appointment:
    """An integration session on Wednesday at nine, booked on Monday morning."""
    clinic = clinic or a_clinic()
    therapist = clinic.therapist.clinician
    course = a_course(patient or a_patient(), therapist=therapist)
    return book_appointment(
        session=a_session(course, an_integration()),
        site=clinic.site,
        starts_at=starts_at,
        actor=DESK,
        now=now,
    )


def move(appointment: Appointment, starts_at: datetime, now: datetime) -> Appointment:
    appointment.refresh_from_db()
    return move_appointment(
        appointment=appointment,
        revision=appointment.revision,
        starts_at=starts_at,
        actor=DESK,
        now=now,
    )


def cancel(appointment: Appointment, now: datetime) -> Appointment:
    appointment.refresh_from_db()
    return cancel_appointment(
        appointment=appointment,
        revision=appointment.revision,
        reason="Ill",
        actor=DESK,
        now=now,
    )


def plan(now: datetime = NOW) -> int:
    return plan_notifications(actor=SYSTEM, now=now)


def dispatch(now: datetime = TOLD_AT) -> int:
    return dispatch_notifications(actor=SYSTEM, now=now)


def tell(now: datetime) -> int:
    """Plan and send as the two ticks do."""
    plan(now)
    return dispatch(now)


def rows(appointment: Appointment, kind: str = "") -> list[Notification]:
    found = Notification.objects.filter(appointment=appointment).order_by("id")
    return list(found.filter(kind=kind) if kind else found)


def statuses(appointment: Appointment, kind: str = "invite") -> list[str]:
    return [row.status for row in rows(appointment, kind)]
