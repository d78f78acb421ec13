"""The one place that writes the history of courses and of the clinic."""

from datetime import datetime

from courses.actors import Actor
from courses.models import (
    Assessment,
    ClinicEvent,
    Course,
    CourseEvent,
    Patient,
    Session,
)


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


def record_of_clinic(
    kind: str,
    *,
    subject: object,
    subject_id: object = "",
    details: dict[str, object] | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Add the event row of what belongs to no single course.

    `subject` is what it is about, as people call it now.
    """
    ClinicEvent.objects.create(
        kind=kind,
        subject=str(subject)[:200],
        subject_id=str(subject_id),
        details=details or {},
        actor=actor.user,
        actor_label=actor.label,
        occurred_at=now,
    )
