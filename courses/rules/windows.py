"""Where the sessions of a course may lie relative to each other.

Every function answers with refusals: hard ones forbid, soft ones are deviations.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from courses.errors import Refusal
from courses.rules.shapes import (
    CourseShape,
    Placement,
    SessionShape,
    SpacingShape,
    StepShape,
)

Placements = Mapping[str, Placement]

OVERRIDE = "prescriber"


def deviations(course: CourseShape, placements: Placements) -> tuple[Refusal, ...]:
    """Return everything about these placements that breaks a window or spacing rule.

    `placements` maps the key of a placed session to its time; sessions that are not
    placed constrain nothing yet.
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
            found += _order(session, step, placed, codes, placements)
            found += _dosing_days(session, step, placed, course, placements)
    return (*found, *_spacing(course, placements))


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
    least = from_.ends_at + timedelta(hours=step.minimum_hours)
    if step.minimum_hours and placed.starts_at < least:
        yield _refuse(
            session,
            placed,
            "window.minimum_hours",
            f"{session.label} begins less than {step.minimum_hours} hours after"
            f" {anchor.label} ends. Choose {_clock(least, placed)} or later.",
            is_hard=False,
        )


def _order(
    session: SessionShape,
    step: StepShape,
    placed: Placement,
    codes: Mapping[str, SessionShape],
    placements: Placements,
) -> Iterator[Refusal]:
    first, last = codes.get(step.after), codes.get(step.before)
    earlier = placements.get(first.key) if first else None
    later = placements.get(last.key) if last else None
    if first and earlier and placed.starts_at < earlier.ends_at:
        yield _refuse(
            session,
            placed,
            "window.after",
            f"{session.label} must come after {first.label}. Choose a later time.",
            is_hard=True,
        )
    if last and later and placed.ends_at > later.starts_at:
        yield _refuse(
            session,
            placed,
            "window.before",
            f"{session.label} must come before {last.label}. Choose an earlier time.",
            is_hard=True,
        )


def _dosing_days(
    session: SessionShape,
    step: StepShape,
    placed: Placement,
    course: CourseShape,
    placements: Placements,
) -> Iterator[Refusal]:
    if step.is_allowed_on_dosing_day:
        return
    for key, dose in _doses(course, placements):
        if dose.on == placed.on and key.key != session.key:
            yield _refuse(
                session,
                placed,
                "window.dosing_day",
                f"{session.label} may not be on the day of {key.label}."
                " Choose another day.",
                is_hard=True,
            )


def _doses(
    course: CourseShape, placements: Placements
) -> list[tuple[SessionShape, Placement]]:
    doses = [
        (session, placements[session.key])
        for session in course.sessions
        if session.kind == "dosing" and session.key in placements
    ]
    return sorted(doses, key=lambda dose: dose[1].starts_at)


def _spacing(course: CourseShape, placements: Placements) -> Iterator[Refusal]:
    doses = _doses(course, placements)
    for rule in course.spacing:
        reach = {"minimum_gap": 1, "most_in_days": rule.count or 0}.get(
            rule.kind, len(doses) - 1
        )
        if reach < 1:
            continue
        for (first, from_), (last, to) in zip(doses, doses[reach:], strict=False):
            days = (to.on - from_.on).days
            if _breaks(rule, days):
                yield _refuse(
                    last,
                    to,
                    f"spacing.{rule.kind}",
                    _spacing_sentence(rule, first, last, days),
                    is_hard=rule.is_hard,
                )


def _breaks(rule: SpacingShape, days: int) -> bool:
    return days > rule.days if rule.kind == "longest_span" else days < rule.days


def _spacing_sentence(
    rule: SpacingShape, first: SessionShape, last: SessionShape, days: int
) -> str:
    if rule.kind == "minimum_gap":
        return (
            f"{first.label} and {last.label} are {days} days apart, and must be at"
            f" least {rule.days}. Choose a later day for {last.label}."
        )
    if rule.kind == "most_in_days":
        return (
            f"At most {rule.count} doses may fall in any {rule.days} days:"
            f" {last.label} is one too many. Choose a later day."
        )
    return (
        f"{first.label} to {last.label} takes {days} days, and may take {rule.days}."
        " Move the doses closer together."
    )


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


def _clock(least: datetime, placed: Placement) -> str:
    local = least.astimezone(placed.zone)
    return f"{local:%a, %b} {local.day}, {local:%H:%M}"
