"""Locks on the calendar, always taken in this order: course, appointment, resources.

One order for everybody means no deadlock. With the exclusion constraint alone
PostgreSQL deadlocks under load, so resources are locked before claims are inserted.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from courses.locks import lock_course
from courses.models import Course
from scheduler.errors import StaleAppointment
from scheduler.models import Appointment, Resource, Site


def lock_appointment(
    appointment: Appointment, revision: int
) -> tuple[Course, Appointment]:
    """Return the locked course and appointment.

    Raises StaleAppointment when the appointment isn't the one that the page showed.
    """
    course = lock_course(appointment.session.course_id)
    locked = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("session__visit_type", "session__step", "site", "patient")
        .get(pk=appointment.pk)
    )
    if locked.revision != revision:
        raise StaleAppointment.because(
            f"{locked} was changed after you opened it and is now "
            f"{locked.get_status_display().lower()}. Reload the page and look again."
        )
    return course, locked


def lock_resources(resource_ids: Collection[UUID]) -> None:
    """Let nobody else place anything on these resources until the end."""
    if connection.vendor == "sqlite":
        # A writing transaction is alone there from its beginning.
        return
    with connection.cursor() as cursor:
        # Plain SQL, as everything that a booking asks under its locks.
        cursor.execute(
            "SELECT 1 FROM scheduler_resource WHERE id = ANY(%s)"
            " ORDER BY id FOR NO KEY UPDATE",
            [list(resource_ids)],
        )


def lock_place(place: Resource | Site) -> None:
    """Let nobody else place anything on the resource, or at the whole site."""
    if isinstance(place, Site):
        lock_site_resources(place)
    else:
        lock_resources([place.pk])


def lock_site_resources(site: Site) -> None:
    """Let nobody else place anything on the resources that work at the site."""
    there = Resource.objects.filter(working_hours__site=site)
    lock_resources(set(there.values_list("pk", flat=True)))
