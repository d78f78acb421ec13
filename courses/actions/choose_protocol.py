"""Give a course its protocol: every step becomes a session."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import CourseNotReady
from courses.history import record
from courses.locks import lock_active_course
from courses.models import (
    Clinician,
    Course,
    CourseEvent,
    Protocol,
    ProtocolStep,
    Session,
    VisitType,
)
from courses.shapes import newest_decision
from courses.transactions import action


@action
def choose_protocol(
    *,
    course: Course,
    protocol: Protocol,
    therapist: Clinician | None = None,
    prescriber: Clinician | None = None,
    actor: Actor,
    now: datetime,
) -> Course:
    """Make the course follow this version, with one session for each step.

    An assessment session that the course has already serves the protocol's own
    assessment step; an eligible decision made without one closes that step. The
    course keeps the version it began with. Raises CourseNotReady when the course has
    a protocol or this one isn't published.
    """
    locked = lock_active_course(course.pk)
    if locked.protocol_id is not None:
        if locked.protocol_id == protocol.pk:
            return locked
        raise CourseNotReady.because(
            f"This course follows {locked.protocol}. End it and open another course "
            "to follow a different protocol."
        )
    if protocol.status != Protocol.Status.PUBLISHED:
        raise CourseNotReady.because(
            f"{protocol} is not published. Choose a published version."
        )
    _make_sessions(locked, protocol)
    locked.protocol = protocol
    locked.therapist = therapist or locked.therapist
    locked.prescriber = prescriber or locked.prescriber
    locked.save(update_fields=["protocol", "therapist", "prescriber"])
    record(
        CourseEvent.Kind.PROTOCOL_CHOSEN,
        course=locked,
        details={"protocol": str(protocol)},
        actor=actor,
        now=now,
    )
    return locked


def _make_sessions(course: Course, protocol: Protocol) -> None:
    # The newest assessment is the one that the course's decision rests on.
    assessed = (
        Session.objects.filter(
            course=course,
            step=None,
            # One that was added to be elsewhere stays where it hangs.
            anchor=None,
            pair_of=None,
            visit_type__kind=VisitType.Kind.ASSESSMENT,
        )
        .exclude(status__in=("missed", "omitted"))
        .order_by("-position")
        .first()
    )
    steps = protocol.steps.select_related("visit_type").order_by("position")
    for step in steps:
        if assessed is not None and step.visit_type.kind == assessed.visit_type.kind:
            _adopt(assessed, step)
            assessed = None
    taken = set(
        Session.objects.filter(course=course, step__isnull=False).values_list(
            "step_id", flat=True
        )
    )
    assessed_kinds = _kinds_assessed_elsewhere(course)
    Session.objects.bulk_create(
        Session(
            course=course,
            step=step,
            visit_type=step.visit_type,
            label=step.name,
            position=step.position,
            status="done" if step.visit_type.kind in assessed_kinds else "open",
        )
        for step in steps
        if step.pk not in taken
    )


def _kinds_assessed_elsewhere(course: Course) -> tuple[str, ...]:
    """Return the assessment kind if the course is eligible without a visit for it."""
    decision = newest_decision(course.pk)
    is_eligible = decision is not None and decision.decision == "eligible"
    return (VisitType.Kind.ASSESSMENT,) if is_eligible else ()


def _adopt(session: Session, step: ProtocolStep) -> None:
    session.step = step
    session.label = step.name
    session.position = step.position
    session.save(update_fields=["step", "label", "position"])
