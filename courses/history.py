"""The one place that writes a course's history."""

from datetime import datetime

from courses.actors import Actor
from courses.models import Assessment, Course, CourseEvent, Patient, Session


def record(
    kind: str,
    *,
    patient: Patient | None = None,
    course: Course | None = None,
    session: Session | None = None,
    assessment: Assessment | None = None,
    details: dict[str, object] | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Add the event row to the running transaction."""
    about = patient or (course.patient if course else None)
    if about is None:
        raise ValueError("An event is about a patient or a course.")
    CourseEvent.objects.create(
        patient=about,
        course=course,
        session=session,
        assessment=assessment,
        kind=kind,
        details=details or {},
        actor=actor.user,
        actor_label=actor.label,
        occurred_at=now,
    )
