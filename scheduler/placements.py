"""Where a course's sessions are on the calendar, as its rules want to know it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.actors import Actor
from courses.errors import NotPermitted, Refusal
from courses.models import Course, Credential, Session
from courses.rules.shapes import CourseShape, Placement
from courses.rules.turns import in_turn
from courses.rules.windows import OVERRIDE, deviations
from courses.shapes import course_shape
from scheduler.errors import OutsideWindow
from scheduler.models import Appointment


def placements_of(course_id: UUID) -> dict[str, Placement]:
    """Return the live placements of a course by session key (one query)."""
    rows = (
        Appointment.objects.live()
        .filter(session__course_id=course_id)
        .values_list("session_id", "starts_at", "ends_at", "site__time_zone")
    )
    return {
        str(session_id): Placement(starts_at, ends_at, ZoneInfo(zone))
        for session_id, starts_at, ends_at, zone in rows
    }


def new_deviations(
    shape: CourseShape,
    before: Mapping[str, Placement],
    after: Mapping[str, Placement],
) -> tuple[Refusal, ...]:
    """Return what the change breaks that wasn't broken before.

    What was broken about a moved session is news again unless it stays word by word:
    leave to be on one day is no leave to be on another.
    """
    moved = {key for key, at in after.items() if before.get(key) != at}
    labels = {session.label for session in shape.sessions if session.key in moved}

    def known_as(broken: Refusal) -> tuple[str, str, str]:
        told = broken.sentence if broken.session in labels else ""
        return broken.rule, broken.session, told

    known = {known_as(was) for was in deviations(shape, before, moved)}
    return tuple(
        broken
        for broken in deviations(shape, after, moved)
        if known_as(broken) not in known
    )


def check_windows(
    course: Course,
    session: Session,
    placed: Placement,
    *,
    override_reason: str,
    actor: Actor,
    now: datetime,
) -> list[dict[str, object]]:
    """Return the deviations that placing the session there makes, for history.

    Raises OutsideWindow for hard windows, unless a reason is given by somebody who
    may override; NotPermitted when somebody else tries.
    """
    before = placements_of(course.pk)
    found = _allowed(
        course,
        before,
        {**before, str(session.pk): placed},
        override_reason=override_reason,
        actor=actor,
        on=now.astimezone(placed.zone).date(),
    )
    return [as_history(broken) for broken in found]


def check_plan_windows(
    course: Course,
    pinned: Mapping[str, Placement],
    planned: Mapping[str, Placement],
    *,
    more: tuple[Refusal, ...] = (),
    override_reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[Refusal, ...]:
    """Return the deviations that placing all of these at once makes.

    By the course's own rules, whatever the plan was made under. `more` is what the
    plan breaks besides windows, which is allowed in the same way. Raises as
    `check_windows` does.
    """
    zone = next(iter(planned.values())).zone if planned else UTC
    return _allowed(
        course,
        pinned,
        {**pinned, **planned},
        more=more,
        override_reason=override_reason,
        actor=actor,
        on=now.astimezone(zone).date(),
    )


def _allowed(
    course: Course,
    before: Mapping[str, Placement],
    after: Mapping[str, Placement],
    *,
    more: tuple[Refusal, ...] = (),
    override_reason: str,
    actor: Actor,
    on: date,
) -> tuple[Refusal, ...]:
    """Return what is newly broken, when all of it is soft or may be overridden."""
    shape = in_turn(course_shape(course), before)
    found = (*new_deviations(shape, before, after), *more)
    hard = [broken for broken in found if broken.is_hard]
    if hard and not override_reason.strip():
        raise OutsideWindow(*hard)
    if hard and not may_override(actor, on=on):
        raise NotPermitted.because(
            "Only a prescriber whose credential is valid may place a visit outside a"
            " hard window, or with another therapist than the protocol keeps. Ask one."
        )
    return found


def as_history(broken: Refusal) -> dict[str, object]:
    """Return a deviation as history keeps it."""
    return {
        "rule": broken.rule,
        "sentence": broken.sentence,
        "is_hard": broken.is_hard,
    }


def may_override(actor: Actor, *, on: date) -> bool:
    """Tell whether this person may place visits outside hard windows on that day."""
    if actor.user is None or not actor.user.has_perm("scheduler.override_window"):
        return False
    held = Credential.objects.filter(
        clinician__user=actor.user, capability__code=OVERRIDE
    )
    return held.valid_on(on).exists()
