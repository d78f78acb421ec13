"""Booked courses that share a clinic, and a day on which somebody is away."""

from datetime import datetime, timedelta

from courses.models import Course
from scheduler.actions.close_time import close_time
from scheduler.models import Appointment, Closure, Resource, Site
from scheduler.repairs.searching import Search, begin
from scheduler.repairs.troubles import Trouble
from tests.builders import DESK, NOW, Clinic, a_clinic, a_patient
from tests.desk import a_course_to_plan, book_plan, plan

DAY = timedelta(days=1)


def a_busy_clinic(*, courses: int = 3) -> tuple[Clinic, list[Course]]:
    """Courses of two doses each, one after another booked as well as was possible."""
    clinic = a_clinic(chairs=2, rooms=2, nurses=2)
    booked = []
    for number in range(courses):
        course = a_course_to_plan(a_patient(f"Patient{number}"))
        book_plan(course, plan(course, clinic.site))
        booked.append(course)
    return clinic, booked


def live(course: Course, label: str) -> Appointment:
    return (
        Appointment.objects.live()
        .select_related("session__course", "site", "patient")
        .get(session__course=course, session__label=label)
    )


def times(course: Course) -> dict[str, datetime]:
    rows = Appointment.objects.live().filter(session__course=course)
    return dict(rows.values_list("session__label", "starts_at"))


def serving(appointment: Appointment) -> set[str]:
    return set(
        appointment.claims.filter(is_live=True).values_list("resource__name", flat=True)
    )


def away(resource: Resource, from_at: datetime, until_at: datetime) -> Closure:
    """The resource is closed although visits are booked."""
    return close_time(
        resource=resource,
        starts_at=from_at,
        ends_at=until_at,
        reason="Sick",
        despite_appointments=True,
        actor=DESK,
        now=NOW,
    )


def away_on_the_day_of(resource: Resource, appointment: Appointment) -> Closure:
    begins = appointment.starts_at.replace(hour=4, minute=0)
    return away(resource, begins, begins + DAY)


def looked_for(closure: Closure, site: Site, *, now: datetime = NOW) -> Search:
    return begin(Trouble.of_closure(closure, site), actor=DESK, now=now)
