"""Which booked doses no assessment clears any more, without anything clinical.

A decision may change after a dose was booked, or its validity end. Starting the dose
will be refused; this says so while there is time.
"""

from collections.abc import Iterable
from uuid import UUID

from courses.models import Course, VisitType
from courses.rules.eligibility import refuse_dose
from courses.shapes import newest_decisions
from scheduler.models import Appointment

# A held dose is not cleared yet, and nobody expects it to be.
_EXPECTED = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)


def not_cleared(appointments: Iterable[Appointment]) -> dict[UUID, str]:
    """Return what to tell the desk about each dose that may not be given (one query).

    The appointments' sites, visit types and courses with their prescriber are loaded.
    """
    doses = [
        appointment
        for appointment in appointments
        if appointment.status in _EXPECTED
        and appointment.session.visit_type.kind == VisitType.Kind.DOSING
    ]
    decisions = newest_decisions({dose.session.course_id for dose in doses})
    return {
        dose.pk: _words(dose.session.course)
        for dose in doses
        if refuse_dose(
            decisions.get(dose.session.course_id),
            on=dose.starts_at.astimezone(dose.site.zone).date(),
            session=dose.session.label,
        )
    }


def _words(course: Course) -> str:
    return f"not cleared, ask {course.prescriber or 'the prescriber'}"
