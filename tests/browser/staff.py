"""What staff do in the browser, and a clinic around the real present for them."""

from datetime import datetime, time, timedelta

from django.utils.timezone import now
from playwright.sync_api import Page

from courses.models import Course
from scheduler.actions.close_time import close_time
from scheduler.models import Appointment, Closure
from scheduler.roles import CLINICIAN, FRONT_DESK, MANAGER, install_roles
from tests.builders import (
    DESK,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    a_user,
    an_appointment,
    an_eligible_assessment,
    working_hours,
)

USERNAMES = {FRONT_DESK: "desk", CLINICIAN: "clinician", MANAGER: "manager"}


def make_roles() -> None:
    """The three roles again: the flush before each test took them away."""
    install_roles()


def sign_in(page: Page, role: str) -> None:
    make_roles()
    a_user(USERNAMES[role], role=role)
    page.goto("/")
    page.get_by_label("Username").fill(USERNAMES[role])
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()


def an_open_clinic() -> Clinic:
    """A clinic that is open on every day of the week."""
    clinic = a_clinic(nurses=2)
    things = (*clinic.chairs, *clinic.rooms, *clinic.nurses)
    for resource in (*things, clinic.prescriber, clinic.therapist):
        working_hours(resource, weekdays=(5, 6))
    return clinic


def a_visit_today(clinic: Clinic, hour: int, status: str = "booked") -> Appointment:
    """A visit on the site's own today, whatever day the test runs on."""
    today = now().astimezone(clinic.site.zone).date()
    number = Appointment.objects.count()
    course: Course = a_course(a_patient(f"Ana{number}", f"Vega{number}"))
    an_eligible_assessment(
        course, valid_until=today + timedelta(days=365), assessed_on=today
    )
    chair, nurse = clinic.chairs[number % 2], clinic.nurses[number % 2]
    return an_appointment(
        a_session(course),
        site=clinic.site,
        starts_at=datetime.combine(today, time(hour), tzinfo=clinic.site.zone),
        status=status,
        claims=[(chair, 0), (nurse, 0)],
    )


def a_closure(clinic: Clinic) -> Closure:
    """A chair that is closed all of tomorrow."""
    return close_time(
        resource=clinic.chairs[0],
        starts_at=now() + timedelta(days=1),
        ends_at=now() + timedelta(days=2),
        reason="Repair",
        actor=DESK,
        now=now(),
    )
