"""Shorten a course by its last doses."""

from datetime import datetime

from courses.actions.omit_session import omit_session
from courses.actors import Actor
from courses.doses import kept_doses, refuse_other_number
from courses.errors import BadInput, CourseNotReady
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session
from courses.rules.wording import counted
from courses.shapes import session_rows
from courses.transactions import action

_WAITING = (Session.Status.OPEN, Session.Status.MISSED)


@action
def shorten_course(
    *,
    course: Course,
    doses: int,
    reason: str,
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Session, ...]:
    """Make the last so many doses omitted, with what goes with them; return the doses.

    What looks back on the treatment then counts from the last visit that is left.
    `seen` is how many doses the course had when somebody chose. The caller frees the
    times on the calendar. Raises BadInput, StalePage, and CourseNotReady when fewer are
    left to be given, or none would remain.
    """
    locked = lock_active_course(course.pk)
    if doses < 1:
        raise BadInput.because("Say by how many doses: one or more.")
    if not reason.strip():
        raise BadInput.because("Say why the course is shortened.")
    kept = kept_doses(session_rows(locked))
    refuse_other_number(kept, seen)
    most = min(len(kept) - 1, _waiting_at_the_end(kept))
    if doses > most:
        raise CourseNotReady.because(
            f"The course can be shortened by {counted(max(most, 0), 'dose')}: what was "
            "given stays, and one dose must. Stop the course early to end it."
        )
    gone = kept[-doses:]
    for dose in reversed(gone):
        omit_session(session=dose, reason=reason, actor=actor, now=now)
    record(
        CourseEvent.Kind.COURSE_SHORTENED,
        course=locked,
        details={"doses": [dose.label for dose in gone], "reason": reason.strip()},
        actor=actor,
        now=now,
    )
    return tuple(gone)


def _waiting_at_the_end(doses: list[Session]) -> int:
    """Return how many doses in a row, from the last one on, weren't given yet."""
    given = (n for n, d in enumerate(reversed(doses)) if d.status not in _WAITING)
    return next(given, len(doses))
