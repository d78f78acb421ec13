"""Take up again a session that was left out."""

from collections.abc import Sequence
from datetime import datetime

from courses.actors import Actor
from courses.doses import BEGUN, companions
from courses.errors import CourseNotReady, SessionClosed
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session, VisitType
from courses.shapes import session_rows
from courses.transactions import action


@action
def reinstate_session(
    *, session: Session, with_pair: bool = True, actor: Actor, now: datetime
) -> Session:
    """Make the omitted session open again, and with a dose what goes with it.

    Raises SessionClosed when it isn't omitted, and CourseNotReady when the course has
    ended or a later dose was given.
    """
    course = lock_active_course(session.course_id)
    rows = session_rows(course)
    current = next(row for row in rows if row.pk == session.pk)
    if current.status != Session.Status.OMITTED:
        raise SessionClosed.because(
            f"{current.label} is {current.get_status_display().lower()}, not left out, "
            "so there is nothing to take up again."
        )
    is_dose = current.visit_type.kind == VisitType.Kind.DOSING
    if is_dose:
        _refuse_overtaken(current, rows)
    along = companions(current, rows) if is_dose and with_pair else []
    for one in (current, *along):
        if one.status == Session.Status.OMITTED:
            _reinstate(course, one, actor, now)
    return current


def _reinstate(course: Course, session: Session, actor: Actor, now: datetime) -> None:
    session.status = Session.Status.OPEN
    session.save(update_fields=["status"])
    record(
        CourseEvent.Kind.SESSION_REINSTATED,
        course=course,
        session=session,
        actor=actor,
        now=now,
    )


def _refuse_overtaken(dose: Session, rows: Sequence[Session]) -> None:
    later = [
        row
        for row in rows[rows.index(dose) + 1 :]
        if row.visit_type.kind == VisitType.Kind.DOSING and row.status in BEGUN
    ]
    if later:
        raise CourseNotReady.because(
            f"{later[0].label} was given after {dose.label} had been left out. "
            "Add a session or extend the course instead."
        )
