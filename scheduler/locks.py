"""Locks on the calendar, always taken in this order: course, appointment, resources.

One order for everybody means no deadlock. With the exclusion constraint alone
PostgreSQL deadlocks under load, so resources are locked before claims are inserted.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

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
    list(
        Resource.objects.filter(pk__in=resource_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )


def lock_site_resources(
    site: Site, capabilities: Collection[str] | None = None
) -> list[UUID]:
    """Lock and return the resources that work at the site.

    With capabilities, only those that have at least one of them on some day.
    """
    able = Resource.objects.filter(working_hours__site=site)
    if capabilities is not None:
        able = able.filter(
            Q(capabilities__code__in=capabilities)
            | Q(clinician__credentials__capability__code__in=capabilities)
        )
    return list(
        # Through a subquery: a lock can't be taken on the rows of a DISTINCT.
        Resource.objects.filter(pk__in=able.values("pk"))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
