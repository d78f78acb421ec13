"""Where a course's sessions are on the calendar, as its rules want to know it."""

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.actors import Actor
from courses.errors import NotPermitted, Refusal
from courses.models import Course
from courses.rules.shapes import CourseShape, Placement
from courses.rules.windows import deviations
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
    """Return what the change breaks that wasn't broken before."""
    known = {(was.rule, was.session) for was in deviations(shape, before)}
    return tuple(
        broken
        for broken in deviations(shape, after)
        if (broken.rule, broken.session) not in known
    )


def check_windows(
    course: Course,
    changed: Mapping[str, Placement | None],
    *,
    override_reason: str,
    actor: Actor,
) -> list[dict[str, object]]:
    """Return the deviations that a change of placements makes, for history.

    `changed` maps session keys to their new placement, or None when they leave the
    calendar. Raises OutsideWindow for hard windows, unless a reason is given by
    somebody who may override; NotPermitted when somebody else tries.
    """
    before = placements_of(course.pk)
    after = {**before, **{key: at for key, at in changed.items() if at is not None}}
    for key, at in changed.items():
        if at is None:
            after.pop(key, None)
    found = new_deviations(course_shape(course), before, after)
    hard = [broken for broken in found if broken.is_hard]
    if hard and not override_reason.strip():
        raise OutsideWindow(*hard)
    if hard and not may_override(actor):
        raise NotPermitted.because(
            "Only a prescriber may place a visit outside a hard window. Ask one."
        )
    return [
        {"rule": broken.rule, "sentence": broken.sentence, "is_hard": broken.is_hard}
        for broken in found
    ]


def may_override(actor: Actor) -> bool:
    """Tell whether this person may place visits outside hard windows."""
    return actor.user is not None and actor.user.has_perm("scheduler.override_window")
