"""Give a course more doses after its last one."""

from collections.abc import Sequence
from datetime import datetime

from courses.actions.reinstate_session import reinstate_session
from courses.actors import Actor
from courses.doses import companions, kept_doses, refuse_other_number
from courses.errors import BadInput, CourseNotReady
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session, VisitType
from courses.places import make_room
from courses.rules.wording import next_in_row, shortened
from courses.shapes import session_rows
from courses.transactions import action

MOST = 12
LONGEST_LABEL = 80


@action
def extend_course(
    *,
    course: Course,
    doses: int,
    reason: str = "",
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Session, ...]:
    """Make the course have so many more doses, with what goes with each; return them.

    Doses by which the course was shortened come back first. Each new one has the visit
    type and the window of the last, counted from the one before it, and what looks back
    on the treatment counts from the new last visit. `seen` is how many doses the course
    had when somebody chose. Raises BadInput, StalePage, and CourseNotReady when the
    course has no dose with a window to repeat.
    """
    locked = lock_active_course(course.pk)
    if not 1 <= doses <= MOST:
        raise BadInput.because(f"A course is extended by 1 to {MOST} doses at a time.")
    refuse_other_number(kept_doses(session_rows(locked)), seen)
    added = []
    for _ in range(doses):
        rows = session_rows(locked)
        waiting = _left_out_after_the_last(rows)
        added.append(
            reinstate_session(session=waiting[0], actor=actor, now=now)
            if waiting
            else _append(locked, rows)
        )
    record(
        CourseEvent.Kind.COURSE_EXTENDED,
        course=locked,
        details={"doses": [dose.label for dose in added], "reason": reason.strip()},
        actor=actor,
        now=now,
    )
    return tuple(added)


def _left_out_after_the_last(rows: Sequence[Session]) -> list[Session]:
    """Return the doses that were left out behind every dose that is kept."""
    doses = [row for row in rows if row.visit_type.kind == VisitType.Kind.DOSING]
    kept = kept_doses(rows)
    return doses[doses.index(kept[-1]) + 1 :] if kept else []


def _append(course: Course, rows: Sequence[Session]) -> Session:
    last, model = _last_and_model(rows)
    along = [
        one
        for one in companions(last, rows)
        if one.status != Session.Status.OMITTED and _is_relative(one)
    ]
    behind = max(one.position for one in (last, *along))
    place = make_room(course, behind=behind, rooms=1 + len(along))
    taken = [row.label for row in rows]
    dose = _once_more(model, anchor=last, position=place)
    dose.label = _label(last, f"{model.visit_type.name} {len(kept_doses(rows))}", taken)
    dose.save(force_insert=True)
    for number, one in enumerate(along, start=1):
        is_from_dose = _counts_from(one, last)
        again = _once_more(
            one, anchor=dose if is_from_dose else one, position=place + number
        )
        if one.visit_type.kind != VisitType.Kind.MEASURE:
            again.pair_of = dose
        again.label = _label(one, f"{one.visit_type.name}, {dose.label}", taken)
        again.save(force_insert=True)
    return dose


def _last_and_model(rows: Sequence[Session]) -> tuple[Session, Session]:
    """Return the last dose, and the last one whose window can be had once more."""
    kept = kept_doses(rows)
    models = [dose for dose in kept if _is_relative(dose)]
    if not models:
        raise CourseNotReady.because(
            "This course has no dose whose window counts from the dose before it. "
            "Add a session with a window of its own instead."
        )
    return kept[-1], models[-1]


def _is_relative(session: Session) -> bool:
    return session.anchor_id is not None or (
        session.step is not None and session.step.anchor_id is not None
    )


def _counts_from(session: Session, dose: Session) -> bool:
    if session.step is None:
        return session.anchor_id == dose.pk
    return session.step.anchor_id == dose.step_id


def _once_more(session: Session, *, anchor: Session, position: int) -> Session:
    return Session(
        course_id=session.course_id,
        visit_type=session.visit_type,
        position=position,
        anchor=anchor,
        repeats_id=session.step_id or session.repeats_id,
        earliest_days=session.earliest_days,
        target_days=session.target_days,
        latest_days=session.latest_days,
    )


def _label(session: Session, otherwise: str, taken: list[str]) -> str:
    label = shortened(next_in_row(session.label) or otherwise, LONGEST_LABEL)
    while label in taken:
        label = shortened(next_in_row(label) or f"{label} 2", LONGEST_LABEL)
    taken.append(label)
    return label
