"""What the front desk does, in one line each, as it happens at `NOW`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from courses.actions.choose_protocol import choose_protocol
from courses.models import Course, Patient, Session, VisitType
from scheduler.actions.book_appointment import book_appointment
from scheduler.actions.book_course import book_course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.hold_appointment import hold_appointment
from scheduler.actions.move_appointment import move_appointment
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.models import Appointment, Resource, Site
from scheduler.planning.problem import Preferences
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_course,
    a_patient,
    a_protocol,
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


# --- whole courses ------------------------------------------------------------------


def a_course_to_plan(
    patient: Patient | None = None, *, doses: int = 2, is_eligible: bool = True
) -> Course:
    """A course with a preparation, so many infusions and the therapy after each."""
    course = a_course(patient)
    if is_eligible:
        an_eligible_assessment(course)
    return choose_protocol(
        course=course, protocol=a_protocol(doses=doses), actor=DESK, now=NOW
    )


def plan(course: Course, site: Site) -> CoursePlan:
    """The best plan for what the course has open, from tomorrow on."""
    preferences = Preferences(start_on=TODAY + timedelta(days=1))
    found = plan_course(course=course, site=site, preferences=preferences, now=NOW)
    assert isinstance(found, CoursePlan), found
    return found


def book_plan(course: Course, plan: CoursePlan) -> tuple[Appointment, ...]:
    return book_course(course=course, plan=plan, actor=DESK, now=NOW)


def hold_plan(
    course: Course, plan: CoursePlan, *, until: datetime
) -> tuple[Appointment, ...]:
    return book_course(
        course=course,
        plan=plan,
        as_holds=True,
        hold_expires_at=until,
        actor=DESK,
        now=NOW,
    )
