"""Record a named clinician's decision on an assessment."""

from datetime import date, datetime

from courses.actors import Actor
from courses.errors import (
    AssessmentRefused,
    CredentialMissing,
    DecisionIncomplete,
    ValidityMissing,
)
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Assessment, Clinician, Course, CourseEvent
from courses.transactions import action

DECIDING_CAPABILITY = "prescriber"

_COURSE_STATUS = {
    Assessment.Decision.ELIGIBLE: Course.Status.ELIGIBLE,
    Assessment.Decision.DEFERRED: Course.Status.DEFERRED,
    Assessment.Decision.NOT_ELIGIBLE: Course.Status.NOT_ELIGIBLE,
}


@action
def decide_assessment(
    *,
    assessment: Assessment,
    decision: str,
    decided_by: Clinician | None,
    decided_on: date,
    valid_until: date | None = None,
    missing: str = "",
    actor: Actor,
    now: datetime,
) -> Assessment:
    """Make the decision stand and give the course its status.

    The software decides nothing: the clinician holds a valid prescriber credential
    on `decided_on`, the day that it is where the patient was assessed. Raises
    DecisionIncomplete, ValidityMissing, CredentialMissing, AssessmentRefused.
    """
    course = lock_active_course(assessment.course_id)
    locked = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
    if locked.decision != Assessment.Decision.PENDING:
        raise AssessmentRefused.because(
            f"This assessment was already decided: {locked.get_decision_display()}. "
            "Record a new assessment to change that."
        )
    if decided_by is None or decision not in _COURSE_STATUS:
        raise DecisionIncomplete
    _check_credential(decided_by, on=decided_on)
    _check_outcome(decision, locked.assessed_on, valid_until, missing)
    locked.decision = decision
    locked.decided_by = decided_by
    locked.decided_at = now
    locked.valid_until = valid_until if decision == "eligible" else None
    locked.missing = missing.strip()
    locked.save(
        update_fields=[
            "decision",
            "decided_by",
            "decided_at",
            "valid_until",
            "missing",
        ]
    )
    _set_course_status(course, Assessment.Decision(decision), now)
    record(
        CourseEvent.Kind.ASSESSMENT_DECIDED,
        course=course,
        assessment=locked,
        # The decision itself is clinical: history names the row, the row tells it.
        details={"decided_by": decided_by.display_name},
        actor=actor,
        now=now,
    )
    return locked


def _check_credential(clinician: Clinician, *, on: date) -> None:
    held = clinician.credentials.filter(capability__code=DECIDING_CAPABILITY)
    if not held.valid_on(on).exists():
        raise CredentialMissing.because(
            f"{clinician} holds no valid prescriber credential on {on:%b} {on.day}. "
            "Choose another clinician, or renew the credential first."
        )


def _check_outcome(
    decision: str, assessed_on: date, valid_until: date | None, missing: str
) -> None:
    if decision == Assessment.Decision.ELIGIBLE:
        if valid_until is None:
            raise ValidityMissing
        if valid_until < assessed_on:
            raise ValidityMissing.because(
                "The assessment would end before it was made. Check the last valid day."
            )
    if decision == Assessment.Decision.DEFERRED and not missing.strip():
        raise DecisionIncomplete.because("Say what is missing, so that it can be done.")


def _set_course_status(
    course: Course, decision: Assessment.Decision, now: datetime
) -> None:
    # A course that is under way stays so: the gate looks at the decision itself.
    is_underway = course.status == Course.Status.IN_TREATMENT
    if is_underway and decision != Assessment.Decision.NOT_ELIGIBLE:
        return
    course.status = _COURSE_STATUS[decision]
    course.ended_at = None if course.is_active else now
    course.save(update_fields=["status", "ended_at"])
