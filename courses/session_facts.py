"""What a course's shape is made of: one row for each session, with its step.

Read in SQL that both engines understand: a plan needs all of it at once, and as
objects of seven joined models it would take longer than everything else it reads.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from courses.models import ProtocolStep, Session
from courses.rules.shapes import StepShape

# What else a caller wants to know of each session goes into `more` and `joined`.
SESSIONS = """
SELECT
    s.id, s.label, s.status, s.visit_type_id, v.kind, v.is_placed,
    s.step_id, s.repeats_id, s.anchor_id, s.pair_of_id,
    s.earliest_days, s.target_days, s.latest_days, s.earliest_on, s.latest_on,
    r.keeps_therapist, r.finishes_early,
    t.code, t.name, w.kind, w.is_placed, a.code, t.anchor_edge, t.unit,
    t.target, t.earliest, t.latest, t.is_hard, p.code, f.code, b.code,
    t.is_before_hard, t.minimum_hours, t.maximum_hours, t.is_allowed_on_dosing_day
    {more}
FROM courses_session s
    JOIN courses_visittype v ON v.id = s.visit_type_id
    LEFT JOIN courses_protocolstep t ON t.id = s.step_id
    LEFT JOIN courses_protocol r ON r.id = t.protocol_id
    LEFT JOIN courses_visittype w ON w.id = t.visit_type_id
    LEFT JOIN courses_protocolstep a ON a.id = t.anchor_id
    LEFT JOIN courses_protocolstep p ON p.id = t.pair_of_id
    LEFT JOIN courses_protocolstep f ON f.id = t.after_id
    LEFT JOIN courses_protocolstep b ON b.id = t.before_id
    {joined}
WHERE s.course_id = %s
ORDER BY s.position
"""


class SessionFacts(NamedTuple):
    """A session and its step, as values."""

    pk: UUID
    label: str
    status: str
    visit_type_id: int
    kind: str
    is_placed: bool
    step_id: int | None
    repeats_id: int | None
    anchor_id: UUID | None
    pair_of_id: UUID | None
    earliest_days: int | None
    target_days: int | None
    latest_days: int | None
    earliest_on: date | None
    latest_on: date | None
    keeps_therapist: bool
    finishes_early: bool
    step: StepShape | None


def facts_of_row(row: Sequence[Any]) -> SessionFacts:
    """Return the facts in a row of `SESSIONS`, as either engine returns it."""
    return SessionFacts._make(
        [
            _uuid(row[0]),
            *row[1:5],
            bool(row[5]),
            *row[6:8],
            *(value and _uuid(value) for value in row[8:10]),
            *row[10:13],
            *(value and _date(value) for value in row[13:15]),
            bool(row[15]),
            row[16] is None or bool(row[16]),
            None if row[17] is None else _step(row),
        ]
    )


def _step(row: Sequence[Any]) -> StepShape:
    return StepShape(
        code=row[17],
        name=row[18],
        kind=row[19],
        is_placed=bool(row[20]),
        anchor=row[21] or "",
        anchor_edge=row[22],
        unit=row[23],
        target=row[24],
        earliest=row[25],
        latest=row[26],
        is_hard=bool(row[27]),
        pair_of=row[28] or "",
        after=row[29] or "",
        before=row[30] or "",
        is_before_hard=bool(row[31]),
        minimum_hours=row[32],
        maximum_hours=row[33],
        is_allowed_on_dosing_day=bool(row[34]),
    )


def facts_of(session: Session) -> SessionFacts:
    """Return the facts of a session, which may not be stored yet.

    Its visit type and step should be loaded, with what the step relates to.
    """
    step = session.step
    return SessionFacts(
        pk=session.pk,
        label=session.label,
        status=session.status,
        visit_type_id=session.visit_type_id,
        kind=session.visit_type.kind,
        is_placed=session.visit_type.is_placed,
        step_id=session.step_id,
        repeats_id=session.repeats_id,
        anchor_id=session.anchor_id,
        pair_of_id=session.pair_of_id,
        earliest_days=session.earliest_days,
        target_days=session.target_days,
        latest_days=session.latest_days,
        earliest_on=session.earliest_on,
        latest_on=session.latest_on,
        keeps_therapist=step is not None and step.protocol.keeps_therapist,
        finishes_early=step is None or step.protocol.finishes_early,
        step=None if step is None else step_shape(step),
    )


def step_shape(step: ProtocolStep) -> StepShape:
    """Return one step as a value; its relations should be loaded."""
    return StepShape(
        code=step.code,
        name=step.name,
        kind=step.visit_type.kind,
        is_placed=step.visit_type.is_placed,
        anchor=step.anchor.code if step.anchor else "",
        anchor_edge=step.anchor_edge,
        unit=step.unit,
        target=step.target,
        earliest=step.earliest,
        latest=step.latest,
        is_hard=step.is_hard,
        pair_of=step.pair_of.code if step.pair_of else "",
        after=step.after.code if step.after else "",
        before=step.before.code if step.before else "",
        is_before_hard=step.is_before_hard,
        minimum_hours=step.minimum_hours,
        maximum_hours=step.maximum_hours,
        is_allowed_on_dosing_day=step.is_allowed_on_dosing_day,
    )


def _uuid(value: UUID | str) -> UUID:
    return UUID(value) if isinstance(value, str) else value


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
