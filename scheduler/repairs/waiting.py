"""The courses that wait to be planned: cleared, and none of the treatment placed."""

from django.db.models import Exists, OuterRef

from courses.models import Course, VisitType
from scheduler.models import Appointment


def courses_waiting() -> list[Course]:
    """Return the eligible courses without a plan, the longest waiting first."""
    placed = Appointment.objects.live().filter(session__course=OuterRef("pk"))
    treating = placed.exclude(session__visit_type__kind=VisitType.Kind.ASSESSMENT)
    waiting = Course.objects.filter(status=Course.Status.ELIGIBLE).exclude(
        Exists(treating)
    )
    return list(waiting.select_related("patient", "protocol").order_by("opened_at"))
