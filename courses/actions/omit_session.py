"""Leave a session out of its course."""

from collections.abc import Sequence
from datetime import datetime

from courses.actors import Actor
from courses.doses import companions
from courses.errors import BadInput, CourseNotReady, SessionClosed
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session, VisitType
from courses.rules.session_status import may_become
from courses.shapes import session_rows
from courses.transactions import action


@action
def omit_session(
    *,
    session: Session,
    reason: str,
    with_pair: bool = True,
    actor: Actor,
    now: datetime,
) -> Session:
    """Make the open or missed session omitted, and with a dose what goes with it.

    That is its therapy and the questionnaires before it; what was given already stays.
    The caller frees their times on the calendar. Raises BadInput without a reason,
    SessionClosed, and CourseNotReady for the session that begins the course.
    """
    course = lock_active_course(session.course_id)
    if not reason.strip():
        raise BadInput.because("Say why the session is left out.")
    rows = session_rows(course)
    current = next(row for row in rows if row.pk == session.pk)
    if not may_become(current.status, Session.Status.OMITTED):
        raise SessionClosed.because(
            f"{current.label} is {current.get_status_display().lower()}, "
            "so it can't be left out."
        )
    _refuse_beginning(current, rows)
    _omit(course, current, {"reason": reason.strip()}, actor, now)
    if with_pair and current.visit_type.kind == VisitType.Kind.DOSING:
        along: dict[str, object] = {
            "reason": f"Belongs to {current.label}",
            "with": str(current.pk),
        }
        for other in companions(current, rows):
            if may_become(other.status, Session.Status.OMITTED):
                _omit(course, other, along, actor, now)
    return current


def _omit(
    course: Course,
    session: Session,
    details: dict[str, object],
    actor: Actor,
    now: datetime,
) -> None:
    before, session.status = session.status, Session.Status.OMITTED
    session.save(update_fields=["status"])
    record(
        CourseEvent.Kind.SESSION_OMITTED,
        course=course,
        session=session,
        details={"from": before, **details},
        actor=actor,
        now=now,
    )


def _refuse_beginning(session: Session, rows: Sequence[Session]) -> None:
    if session.step is None or session.step.anchor_id is not None:
        return
    hanging = [
        row
        for row in rows
        if row.step is not None
        and row.step.anchor_id == session.step_id
        and row.status == Session.Status.OPEN
    ]
    if hanging:
        raise CourseNotReady.because(
            f"{session.label} begins the course, and {hanging[0].label} counts its "
            "days from it. Shorten the course by its last dose, or stop it early."
        )
