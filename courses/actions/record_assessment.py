"""Record what an assessment found, before anybody decides."""

from datetime import date, datetime
from uuid import UUID

from courses.actors import Actor
from courses.errors import AssessmentRefused
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Assessment, Course, CourseEvent, Session
from courses.transactions import action


@action
def record_assessment(
    *,
    course: Course,
    assessed_on: date,
    findings: str = "",
    session: Session | None = None,
    assessment_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> Assessment:
    """Make an undecided assessment exist, once; `assessment_id` is the form's own.

    Raises AssessmentRefused for a day in the future or a session of another course,
    and CourseNotReady for a course that has ended.
    """
    locked = lock_active_course(course.pk)
    if assessment_id is not None:
        first_click = Assessment.objects.filter(pk=assessment_id).first()
        if first_click is not None:
            return first_click
    # The day of the clinic's easternmost site may be ahead: allow a day's difference.
    if (assessed_on - now.date()).days > 1:
        raise AssessmentRefused.because(
            "The assessment lies in the future. Enter the day on which it was done."
        )
    if session is not None and session.course_id != locked.pk:
        raise AssessmentRefused.because(
            "That session belongs to another course. Open this patient's course."
        )
    assessment = Assessment(
        course=locked,
        session=session,
        assessed_on=assessed_on,
        findings=findings.strip(),
        recorded_at=now,
    )
    if assessment_id is not None:
        assessment.pk = assessment_id
    assessment.save(force_insert=True)
    record(
        CourseEvent.Kind.ASSESSMENT_RECORDED,
        course=locked,
        session=session,
        assessment=assessment,
        actor=actor,
        now=now,
    )
    return assessment
