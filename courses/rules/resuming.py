"""Which sessions begin anew when a course goes on after a pause."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from courses.rules.resting import in_days, resting_on
from courses.rules.shapes import CourseShape, Placements, SessionShape, StepShape


def missed_their_window(
    course: CourseShape,
    waiting: Collection[str],
    placements: Placements,
    from_on: date,
) -> Iterator[str]:
    """Yield the waiting sessions that can't be in their window any more, by their keys.

    `waiting` are open and not on the calendar. A session that counts from another
    waiting one moves along with that one, so only the first of each row is named. What
    had to come before something that was done by now is too late for good.
    """
    codes = course.by_code()
    for session in course.sessions:
        step = session.step
        if session.key not in waiting or (step and not step.is_placed):
            continue
        before = codes.get(step.before) if step and step.is_before_hard else None
        placed = placements.get(before.key) if before else None
        if placed is None or placed.on >= from_on:
            last_on = _last_day(course, session, {*waiting, *placements}, placements)
            if last_on is not None and last_on < from_on:
                yield session.key


def _last_day(
    course: CourseShape,
    session: SessionShape,
    placed: Collection[str],
    placements: Placements,
) -> date | None:
    """Return the last day of its window, as far as it follows from what has its day."""
    if session.latest_on is not None:
        return session.latest_on
    if session.step is None:
        return None
    codes = course.by_code()
    step = resting_on(session.step, codes.get, placed)
    anchor = codes.get(step.anchor)
    if anchor is None:
        return _last_day_before(course, session.step, placements)
    if anchor.key not in placements:
        return None
    return placements[anchor.key].on + timedelta(days=in_days(step)[2])


def _last_day_before(
    course: CourseShape, step: StepShape, placements: Placements
) -> date | None:
    """Return the last day that suits what lies before it, such as preparation."""
    days = [
        placements[other.key].on - timedelta(days=in_days(other.step)[1])
        for other in course.sessions
        if other.step and other.step.anchor == step.code and other.key in placements
    ]
    return min(days, default=None)
