"""What a plan costs, counted from its dates and claims alone.

The search adds costs up as it goes; this counts them anew, so that a mistake in one
of the two can't hide.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from courses.rules.shapes import (
    Placement,
    Placements,
    SessionShape,
    SpacingShape,
    StepShape,
)
from scheduler.planning.compiling import resting_on
from scheduler.planning.objective import Cost
from scheduler.planning.problem import TREATMENT, CourseProblem, PlannedSession
from scheduler.planning.timeline import first_instant_at

DAY_MINUTES = 24 * 60

# A session's key, and what it adds to a term.
Share = tuple[str, int]


def cost_of(
    problem: CourseProblem,
    sessions: Sequence[PlannedSession],
    kept: Mapping[str, UUID],
) -> Cost:
    """Return the cost of a complete plan, term by term."""
    shares = shares_of(problem, sessions, kept)
    planned = _placements(problem, sessions)
    return Cost(
        broken_windows=len(shares["days_outside"]),
        finish_day=_finish(problem, planned),
        trips=_trips(problem, planned),
        **{term: sum(n for _, n in found) for term, found in shares.items()},
    )


def shares_of(
    problem: CourseProblem,
    sessions: Sequence[PlannedSession],
    kept: Mapping[str, UUID],
) -> dict[str, list[Share]]:
    """Return what each session adds to each term that is a sum over sessions.

    A session stands under `days_outside` once for each rule that it breaks.
    """
    planned = _placements(problem, sessions)
    placed = {**problem.pinned, **planned}
    claims = [(s.key, *_staffing(problem, s, kept)) for s in sessions]
    return {
        "days_outside": [
            *_windows_left(problem, placed, set(planned)),
            *_orders_left(problem, placed, set(planned)),
            *_spacing_broken(problem, placed, set(planned)),
        ],
        "other_therapist": [(key, others["therapist"]) for key, others, _ in claims],
        "told_again": [(key, _is_news(problem, p, key)) for key, p in planned.items()],
        "not_preferred": [(key, _missed(problem, p)) for key, p in planned.items()],
        "off_target": list(_off_targets(problem, placed, set(planned))),
        "other_prescriber": [(key, others["prescriber"]) for key, others, _ in claims],
        "restaffed": [(s.key, _restaffed(problem, s)) for s in sessions],
        "scarce_skills": [(key, spare) for key, _, spare in claims],
        "minutes_into_day": [(k, _minutes_into_day(p)) for k, p in planned.items()],
    }


def _placements(
    problem: CourseProblem, sessions: Sequence[PlannedSession]
) -> dict[str, Placement]:
    zone = problem.calendars.zone
    return {s.key: Placement(s.starts_at, s.ends_at, zone) for s in sessions}


def _windows_left(
    problem: CourseProblem, placed: Placements, planned: set[str]
) -> Iterator[Share]:
    for session, step, anchor in _anchored(problem, placed, planned):
        mine, theirs = placed[session.key], placed[anchor.key]
        if step.unit == "days":
            gap = (mine.on - theirs.on).days
            outside = max(step.earliest - gap, gap - step.latest)
        else:
            away = _away(mine, theirs, step.anchor_edge)
            early, late = step.earliest * 60 - away, away - step.latest * 60
            outside = _whole_days(max(early, late))
        if outside > 0:
            yield session.key, outside
        least = step.minimum_hours * 60
        short = _whole_days(least - _minutes(theirs.ends_at, mine.starts_at))
        if least and short > 0:
            yield session.key, short


def _orders_left(
    problem: CourseProblem, placed: Placements, planned: set[str]
) -> Iterator[Share]:
    codes = problem.course.by_code()
    for session in problem.course.sessions:
        step = session.step
        if step is None or step.is_before_hard or step.before not in codes:
            continue
        ends = session.key, codes[step.before].key
        if placed.keys() >= {*ends} and planned & {*ends}:
            mine, other = placed[ends[0]], placed[ends[1]]
            if mine.ends_at > other.starts_at:
                yield session.key, max((mine.on - other.on).days, 1)


def _anchored(
    problem: CourseProblem, placed: Placements, planned: set[str]
) -> Iterator[tuple[SessionShape, StepShape, SessionShape]]:
    codes = problem.course.by_code()
    for session in problem.course.sessions:
        if session.key not in placed or session.step is None:
            continue
        step = resting_on(session.step, codes.get, placed)
        anchor = codes.get(step.anchor)
        if anchor is not None and planned & {session.key, anchor.key}:
            yield session, step, anchor


def _off_targets(
    problem: CourseProblem, placed: Placements, planned: set[str]
) -> Iterator[Share]:
    for session, step, anchor in _anchored(problem, placed, planned):
        mine, theirs = placed[session.key], placed[anchor.key]
        if step.unit == "days":
            yield session.key, abs((mine.on - theirs.on).days - step.target)
        else:
            away = _away(mine, theirs, step.anchor_edge)
            yield session.key, abs(away - step.target * 60) // DAY_MINUTES


def _away(mine: Placement, theirs: Placement, edge: str) -> int:
    from_at = theirs.ends_at if edge == "end" else theirs.starts_at
    return _minutes(from_at, mine.starts_at)


def _spacing_broken(
    problem: CourseProblem, placed: Placements, planned: set[str]
) -> Iterator[Share]:
    for rule in problem.course.spacing:
        # By time: a dose that was missed may be made up for after the next one.
        spaced = sorted(
            (
                session.key
                for session in problem.course.sessions
                if rule.counts(session) and session.key in placed
            ),
            key=lambda key: placed[key].starts_at,
        )
        for first, last in _reached(rule, spaced):
            days = (placed[last].on - placed[first].on).days
            outside = days - rule.days
            if rule.kind != "longest_span":
                outside = -outside
            if outside > 0 and planned & {first, last}:
                yield last, outside


def _reached(rule: SpacingShape, spaced: list[str]) -> Iterator[tuple[str, str]]:
    if rule.kind == "longest_span":
        if len(spaced) > 1:
            yield spaced[0], spaced[-1]
    else:
        reach = 1 if rule.kind == "minimum_gap" else rule.count or 1
        yield from zip(spaced, spaced[reach:], strict=False)


def _staffing(
    problem: CourseProblem, session: PlannedSession, kept: Mapping[str, UUID]
) -> tuple[Counter[str], int]:
    needs = problem.visits[session.key].needs
    others: Counter[str] = Counter()
    spare = 0
    for party in {claim.party for claim in session.claims}:
        mine = [need for need in needs if need.party == party]
        serving = next(c.resource_id for c in session.claims if c.party == party)
        skills = problem.calendars.by_id[serving].capabilities
        spare += len(skills) - len({need.capability for need in mine})
        for group in {need.continuity for need in mine if need.continuity}:
            others[group] += kept.get(group, serving) != serving
    return others, spare


def _is_news(problem: CourseProblem, placed: Placement, key: str) -> bool:
    told = problem.told.get(key)
    return told is not None and told.placement.starts_at != placed.starts_at


def _restaffed(problem: CourseProblem, session: PlannedSession) -> int:
    told = problem.told.get(session.key)
    if told is None or told.placement.starts_at != session.starts_at:
        return 0
    serving = {claim.party: claim.resource_id for claim in session.claims}
    return sum(told.serving.get(party, one) != one for party, one in serving.items())


def _missed(problem: CourseProblem, placed: Placement) -> int:
    wish, zone = problem.preferences, placed.zone
    missed = wish.weekdays is not None and placed.on.weekday() not in wish.weekdays
    opens = first_instant_at(zone, placed.on, wish.earliest or time.min)
    closes = first_instant_at(zone, placed.on, wish.latest) if wish.latest else None
    is_early = placed.starts_at < opens
    is_late = closes is not None and placed.ends_at > closes
    return int(missed) + int(is_early or is_late)


def _finish(problem: CourseProblem, planned: Placements) -> int:
    treatment = [
        session.key
        for session in problem.course.sessions
        if session.kind in TREATMENT
        and (session.key in planned or session.key in problem.pinned)
    ]
    if not treatment or treatment[-1] not in planned:
        return 0
    return (planned[treatment[-1]].on - problem.first_day).days


def _trips(problem: CourseProblem, planned: Placements) -> int:
    """Return the trips that are made for these visits: by day and by site."""

    def made(placed: Placements) -> set[tuple[date, str]]:
        return {
            (at.on, problem.place_of(key))
            for key, at in placed.items()
            if problem.travels(key)
        }

    return len(made(planned) - made(problem.pinned))


def _minutes_into_day(placed: Placement) -> int:
    midnight = first_instant_at(placed.zone, placed.on, time.min)
    return _minutes(midnight, placed.starts_at)


def _minutes(from_at: datetime, until_at: datetime) -> int:
    return (until_at - from_at) // timedelta(minutes=1)


def _whole_days(minutes: int) -> int:
    return -(-minutes // DAY_MINUTES)
