"""Open a course for a referred patient."""

from datetime import datetime
from uuid import UUID

from courses.actors import Actor
from courses.errors import PatientHasActiveCourse, Refusal
from courses.history import record
from courses.models import Course, CourseEvent, Patient
from courses.transactions import action


@action
def open_course(
    *,
    patient: Patient,
    referral_note: str = "",
    course_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> Course:
    """Make a referred course exist, once; `course_id` is the form's own.

    Raises PatientHasActiveCourse.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if course_id is not None:
        first_click = Course.objects.filter(pk=course_id).first()
        if first_click is not None:
            return first_click
    active = Course.objects.active().filter(patient=patient).first()
    if active is not None:
        raise PatientHasActiveCourse(
            Refusal(
                rule=PatientHasActiveCourse.rule,
                sentence=PatientHasActiveCourse.sentence,
                record_id=str(active.pk),
            )
        )
    course = Course(patient=patient, referral_note=referral_note.strip(), opened_at=now)
    if course_id is not None:
        course.pk = course_id
    course.save(force_insert=True)
    record(CourseEvent.Kind.COURSE_OPENED, course=course, actor=actor, now=now)
    return course
