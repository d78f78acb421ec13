"""Reads courses and protocols from the database as the plain values of the rules."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import connection

from courses.models import Assessment, Course, Protocol, Session
from courses.models import SpacingRule as SpacingRow
from courses.rules.dose_interval import DoseInterval, with_interval
from courses.rules.eligibility import Decision
from courses.rules.reanchoring import Standing, reanchored
from courses.rules.repeating import repeated
from courses.rules.shapes import CourseShape, SessionShape, SpacingShape, StepShape
from courses.session_facts import (
    SESSIONS,
    SessionFacts,
    facts_of_row,
    step_shape,
)

_STEP_RELATIONS = ("visit_type", "anchor", "pair_of", "after", "before")


def protocol_shape(
    protocol: Protocol,
) -> tuple[tuple[StepShape, ...], tuple[SpacingShape, ...]]:
    """Return the protocol's steps in order, and its spacing rules (two queries)."""
    steps = protocol.steps.select_related(*_STEP_RELATIONS).order_by("position")
    return tuple(step_shape(step) for step in steps), spacing_shapes(protocol.pk)


def spacing_shapes(protocol_id: int | None) -> tuple[SpacingShape, ...]:
    """Return a protocol's spacing rules; none without a protocol."""
    if protocol_id is None:
        return ()
    return spacing_of([protocol_id])[protocol_id]


def spacing_of(
    protocol_ids: Collection[int],
) -> dict[int, tuple[SpacingShape, ...]]:
    """Return the spacing rules of each of these protocols (one query)."""
    found: dict[int, tuple[SpacingShape, ...]] = dict.fromkeys(protocol_ids, ())
    for rule in SpacingRow.objects.filter(protocol_id__in=protocol_ids):
        shape = SpacingShape(
            kind=rule.kind,
            days=rule.days,
            count=rule.count,
            is_hard=rule.is_hard,
            about=rule.about,
        )
        found[rule.protocol_id] = (*found[rule.protocol_id], shape)
    return found


def course_shape(course: Course) -> CourseShape:
    """Return all sessions of the course with its spacing rules (two queries)."""
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS.format(more="", joined=""), [key_value(course.pk)])
        facts = [facts_of_row(row) for row in cursor.fetchall()]
    return shape_of(course, facts, spacing_shapes(course.protocol_id))


def key_value(key: UUID) -> UUID | str:
    """Return a UUID as the database at hand stores it."""
    return key.hex if connection.vendor == "sqlite" else key


def session_rows(course: Course) -> list[Session]:
    """Return the sessions in their order, with all that a shape needs (one query)."""
    return session_rows_of([course])[course.pk]


def session_rows_of(courses: Collection[Course]) -> dict[UUID, list[Session]]:
    """Return the same of many courses, by their ids (one query)."""
    found: dict[UUID, list[Session]] = {course.pk: [] for course in courses}
    sessions = Session.objects.filter(course__in=courses).select_related(
        "visit_type",
        "step__protocol",
        *(f"step__{name}" for name in _STEP_RELATIONS),
    )
    for session in sessions.order_by("position"):
        found[session.course_id].append(session)
    return found


def shape_of(
    course: Course,
    sessions: Sequence[SessionFacts],
    spacing: tuple[SpacingShape, ...],
) -> CourseShape:
    """Return these sessions of one course as it is now, which may not be stored yet."""
    steps = _steps(sessions)
    followed = [session for session in sessions if session.step is not None]
    keeps = any(session.keeps_therapist for session in followed)
    shape = CourseShape(
        sessions=tuple(
            SessionShape(
                key=str(session.pk),
                label=session.label,
                kind=session.kind,
                step=steps.get(session.pk),
                earliest_on=session.earliest_on,
                latest_on=session.latest_on,
            )
            for session in sessions
        ),
        spacing=spacing,
        keeps=frozenset({"therapist"}) if keeps else frozenset(),
        finishes_early=all(session.finishes_early for session in followed),
    )
    shape = with_interval(shape, dose_interval(course))
    return reanchored(shape, _standing(sessions))


def _standing(sessions: Iterable[SessionFacts]) -> Standing:
    def keys(*statuses: str) -> frozenset[str]:
        return frozenset(str(s.pk) for s in sessions if s.status in statuses)

    outside = [session for session in sessions if session.step_id is None]
    return Standing(
        omitted=keys("omitted"),
        over=keys("done", "missed"),
        added=frozenset(str(s.pk) for s in outside if s.repeats_id is None),
        repeated=frozenset(str(s.pk) for s in outside if s.repeats_id is not None),
    )


def _steps(sessions: Sequence[SessionFacts]) -> dict[UUID, StepShape]:
    """Return what each session hangs on; those outside the protocol get a code too."""
    found = {s.pk: s.step for s in sessions if s.step is not None}
    protocol = {s.step_id: found[s.pk] for s in sessions if s.step_id is not None}
    codes = {s.pk: s.step.code if s.step else _own_code(s) for s in sessions}
    # The therapy of each dose, by the dose's code.
    pairs = {step.pair_of: step.code for step in protocol.values() if step.pair_of}
    pairs |= {codes[s.pair_of_id]: codes[s.pk] for s in sessions if s.pair_of_id}
    apart = _kinds_never_on_a_dosing_day(protocol.values())
    for session in sessions:
        if session.pk in found:
            continue
        anchor = codes[session.anchor_id] if session.anchor_id else ""
        pair_of = codes[session.pair_of_id] if session.pair_of_id else ""
        if session.repeats_id is None:
            found[session.pk] = _own_step(session, anchor, pair_of, apart)
        else:
            found[session.pk] = repeated(
                protocol[session.repeats_id],
                code=codes[session.pk],
                name=session.label,
                anchor=anchor,
                pair_of=pair_of,
                therapy=pairs.get(anchor, ""),
                protocol=protocol.values(),
            )
    return found


def _kinds_never_on_a_dosing_day(steps: Iterable[StepShape]) -> frozenset[str]:
    allowed = {step.kind for step in steps if step.is_allowed_on_dosing_day}
    return frozenset(step.kind for step in steps) - allowed


def _own_code(session: SessionFacts) -> str:
    return f"+{session.pk}"


def _own_step(
    session: SessionFacts, anchor: str, pair_of: str, apart: Collection[str]
) -> StepShape:
    return StepShape(
        code=_own_code(session),
        name=session.label,
        kind=session.kind,
        is_placed=session.is_placed,
        anchor=anchor,
        target=session.target_days or 0,
        earliest=session.earliest_days or 0,
        latest=session.latest_days or 0,
        pair_of=pair_of,
        # What the protocol keeps away from doses it keeps away when it is added, too.
        is_allowed_on_dosing_day=session.kind not in apart,
    )


def protocol_course(protocol: Protocol) -> CourseShape:
    """Return what a course of the protocol will be; sessions are named by steps."""
    steps, spacing = protocol_shape(protocol)
    return CourseShape(
        sessions=tuple(
            SessionShape(key=step.code, label=step.name, kind=step.kind, step=step)
            for step in steps
        ),
        spacing=spacing,
        keeps=kept_groups(protocol),
        finishes_early=protocol.finishes_early,
    )


def kept_groups(protocol: Protocol | None) -> frozenset[str]:
    """Return the continuity groups that one resource serves throughout."""
    keeps = protocol is not None and protocol.keeps_therapist
    return frozenset({"therapist"}) if keeps else frozenset()


def dose_interval(course: Course) -> DoseInterval | None:
    """Return the course's own days from one dose to the next, if it has them."""
    days = (
        course.dose_interval_earliest,
        course.dose_interval_target,
        course.dose_interval_latest,
    )
    if None in days:
        return None
    return DoseInterval(*(day or 0 for day in days))


def newest_decisions(course_ids: Collection[UUID]) -> dict[UUID, Decision]:
    """Return what was decided last for each of the courses (one query)."""
    rows = (
        Assessment.objects.decided()
        .filter(course_id__in=course_ids)
        .order_by("decided_at")
        .values_list("course_id", "decision", "assessed_on", "valid_until")
    )
    return {row[0]: Decision(*row[1:]) for row in rows}


def newest_decision(course_id: UUID) -> Decision | None:
    """Return what was decided last for the course (one query)."""
    row = (
        Assessment.objects.decided()
        .filter(course_id=course_id)
        .order_by("-decided_at")
        .values_list("decision", "assessed_on", "valid_until")
        .first()
    )
    return None if row is None else Decision(*row)
