"""Where the sessions of a course may lie relative to each other.

Every function answers with refusals: hard ones forbid, soft ones are deviations.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

from courses.errors import Refusal
from courses.rules.shapes import (
    CourseShape,
    Placement,
    Placements,
    SessionShape,
    StepShape,
)
from courses.rules.spacing import placed_of_kind, spacing_broken
from courses.rules.wording import counted

# The capability of those who may place a session outside a hard window.
OVERRIDE = "prescriber"


def deviations(
    course: CourseShape, placements: Placements, moved: Collection[str] = ()
) -> tuple[Refusal, ...]:
    """Return everything about these placements that breaks a window or spacing rule.

    `placements` maps the key of a placed session to its time; sessions that are not
    placed constrain nothing yet. `moved` has the keys of those that somebody is about
    to place: a sentence about two sessions says what to do with that one.
    """
    codes = course.by_code()
    found: list[Refusal] = []
    for session in course.sessions:
        placed = placements.get(session.key)
        if placed is None:
            continue
        found += _own_bounds(session, placed)
        step = session.step
        if step is not None:
            found += _from_anchor(session, step, placed, codes, placements)
            found += _order(session, step, codes, placements, moved)
            found += _dosing_days(session, step, placed, course, placements)
    return (*found, *_spaced(course, placements, moved))


def _refuse(
    session: SessionShape,
    placed: Placement,
    rule: str,
    sentence: str,
    *,
    is_hard: bool,
    relaxation: str = "",
) -> Refusal:
    return Refusal(
        rule=rule,
        sentence=sentence,
        session=session.label,
        at=placed.starts_at,
        is_hard=is_hard,
        override_by=OVERRIDE,
        relaxation=relaxation,
    )


def _own_bounds(session: SessionShape, placed: Placement) -> Iterator[Refusal]:
    on = placed.on
    early = session.earliest_on is not None and on < session.earliest_on
    late = session.latest_on is not None and on > session.latest_on
    if early or late:
        yield _refuse(
            session,
            placed,
            "window.bounds",
            f"{session.label} belongs {_bounds(session)}, not on {_day(on)}."
            " Choose a day in between.",
            is_hard=True,
        )


def _from_anchor(
    session: SessionShape,
    step: StepShape,
    placed: Placement,
    codes: Mapping[str, SessionShape],
    placements: Placements,
) -> Iterator[Refusal]:
    anchor = codes.get(step.anchor)
    from_ = placements.get(anchor.key) if anchor else None
    if anchor is None or from_ is None:
        return
    if step.unit == "days":
        earliest, latest = (
            from_.on + timedelta(days=days) for days in (step.earliest, step.latest)
        )
        is_inside = earliest <= placed.on <= latest
        window = _between(earliest, latest)
    else:
        edge = from_.ends_at if step.anchor_edge == "end" else from_.starts_at
        first, last = (
            edge + timedelta(hours=hours) for hours in (step.earliest, step.latest)
        )
        is_inside = first <= placed.starts_at <= last
        window = f"{step.earliest} to {step.latest} hours after {anchor.label}"
    if not is_inside:
        yield _refuse(
            session,
            placed,
            "window.anchor",
            f"{session.label} belongs {window} because of {anchor.label},"
            f" not on {_day(placed.on)}.",
            is_hard=step.is_hard,
            relaxation=f"move {anchor.label} as well, or override with a reason",
        )
    yield from _hours(session, step, placed, anchor, from_.ends_at)


def _hours(
    session: SessionShape,
    step: StepShape,
    placed: Placement,
    anchor: SessionShape,
    from_at: datetime,
) -> Iterator[Refusal]:
    least = from_at + timedelta(hours=step.minimum_hours)
    if step.minimum_hours and placed.starts_at < least:
        yield _refuse(
            session,
            placed,
            "window.minimum_hours",
            f"{session.label} begins less than {counted(step.minimum_hours, 'hour')}"
            f" after {anchor.label} ends. Choose {_clock(least, placed)} or later.",
            is_hard=False,
        )
    most = from_at + timedelta(hours=step.maximum_hours)
    if step.maximum_hours and placed.starts_at > most:
        yield _refuse(
            session,
            placed,
            "window.maximum_hours",
            f"{session.label} begins more than {counted(step.maximum_hours, 'hour')}"
            f" after {anchor.label} ends. Choose {_clock(most, placed)} or earlier.",
            is_hard=True,
            relaxation=f"move {anchor.label} as well, or override with a reason",
        )


def _order(
    session: SessionShape,
    step: StepShape,
    codes: Mapping[str, SessionShape],
    placements: Placements,
    moved: Collection[str],
) -> Iterator[Refusal]:
    for rule, first, last, is_hard in _orders(session, step, codes):
        earlier, later = placements.get(first.key), placements.get(last.key)
        if earlier and later and later.starts_at < earlier.ends_at:
            other = first if session is last else last
            is_other_moved = other.key in moved and session.key not in moved
            about = other if is_other_moved else session
            must = "must" if is_hard else "should"
            sentence = (
                f"{last.label} {must} come after {first.label}, {_moment(earlier)}."
                " Choose a later time."
                if about is last
                else f"{first.label} {must} come before {last.label}, {_moment(later)}."
                " Choose an earlier time."
            )
            placed = placements[session.key]
            yield _refuse(session, placed, rule, sentence, is_hard=is_hard)


def _orders(
    session: SessionShape, step: StepShape, codes: Mapping[str, SessionShape]
) -> Iterator[tuple[str, SessionShape, SessionShape, bool]]:
    """Yield the rule, the earlier and the later session, and whether it is hard.

    What belongs to a dose comes after it, whatever its window says.
    """
    after, pair, before = (
        codes.get(code) for code in (step.after, step.pair_of, step.before)
    )
    if after is not None:
        yield "window.after", after, session, True
    if pair is not None and pair is not after:
        yield "window.pair", pair, session, True
    if before is not None:
        yield "window.before", session, before, step.is_before_hard


def _dosing_days(
    session: SessionShape,
    step: StepShape,
    placed: Placement,
    course: CourseShape,
    placements: Placements,
) -> Iterator[Refusal]:
    if step.is_allowed_on_dosing_day:
        return
    for dose, time in placed_of_kind("dosing", course, placements):
        if time.on == placed.on and dose.key != session.key:
            yield _refuse(
                session,
                placed,
                "window.dosing_day",
                f"{session.label} may not be on the day of {dose.label}."
                " Choose another day.",
                is_hard=True,
            )


def _spaced(
    course: CourseShape, placements: Placements, moved: Collection[str]
) -> Iterator[Refusal]:
    for rule, last, sentence in spacing_broken(course, placements, moved):
        placed = placements[last.key]
        name = f"spacing.{rule.kind}"
        yield _refuse(last, placed, name, sentence, is_hard=rule.is_hard)


def _bounds(session: SessionShape) -> str:
    return _between(session.earliest_on, session.latest_on)


def _between(earliest: date | None, latest: date | None) -> str:
    if earliest is None or latest is None:
        return f"from {_day(earliest)}" if earliest else f"until {_day(latest)}"
    if earliest == latest:
        return f"on {_day(earliest)}"
    return f"between {_day(earliest)} and {_day(latest)}"


def _day(on: date | None) -> str:
    return f"{on:%a, %b} {on.day}" if on else ""


def _clock(instant: datetime, placed: Placement) -> str:
    local = instant.astimezone(placed.zone)
    return f"{_day(local.date())}, {local:%H:%M}"


def _moment(placed: Placement) -> str:
    local = placed.starts_at.astimezone(placed.zone)
    return f"on {_day(placed.on)} at {local:%H:%M}"
