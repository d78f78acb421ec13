"""Which rules could be relaxed for some sessions, step by step, and in which words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from courses.rules.shapes import SessionShape
from scheduler.planning.blocking import Parts
from scheduler.planning.changes import Change, code_of
from scheduler.planning.changing import days_of
from scheduler.planning.free_time import FreeTimes, free_times
from scheduler.planning.problem import (
    NOTHING_DEMANDED,
    CourseProblem,
    Demand,
)
from scheduler.planning.staffing import candidates_for

# A window is widened by at most so many days.
MOST_DAYS = 7
# Doses come closer together, or farther apart, by at most so many days.
MOST_CLOSER = 2
# Of the days on which nobody works, so many are tried.
MOST_OPENED = 6
# Of the visits that are booked already, so many are tried to be moved as well.
MOST_MOVED = 4
# How much longer a course may wait for its first day.
LONGER_WAITS = (84,)


@dataclass(frozen=True)
class Family:
    """Changes of one kind about one thing, from the least to the most."""

    kind: str
    about: str
    changes: tuple[Change, ...]
    rank: int
    needs: str = ""


def families_of(
    problem: CourseProblem,
    blocked: tuple[str, ...],
    sites: Mapping[str, str] | None,
) -> list[Family]:
    """Return what could matter to these sessions, the least intrusive first.

    `sites` is None where nothing can be read anew.
    """
    sessions = [s for s in problem.course.sessions if s.key in blocked]
    found = [
        *_wishes(problem, sessions),
        *_anybody(problem, sessions),
        *_windows(problem, sessions),
        *_spacing(problem, sessions),
        *_renewals(problem, sessions),
        *_openings(problem, sessions),
    ]
    if sites is not None:
        found += [*_elsewhere(problem, sites), *_moves(problem, blocked)]
    return sorted(found, key=lambda family: family.rank)


def _family(
    rank: int, kind: str, about: str, values: list[str], needs: str = ""
) -> Family:
    changes = tuple(Change(kind, about, value) for value in values)
    return Family(kind, about, changes, rank, needs)


def _wishes(problem: CourseProblem, sessions: list[SessionShape]) -> Iterator[Family]:
    for about, key in [*((code_of(s), s.key) for s in sessions), ("", "")]:
        demand = problem.demands.get(key, NOTHING_DEMANDED)
        for part in Demand.__slots__:
            if getattr(demand, part) != getattr(NOTHING_DEMANDED, part):
                yield _family(0, "unbound", about, [part])


def _elsewhere(problem: CourseProblem, sites: Mapping[str, str]) -> Iterator[Family]:
    zone = problem.calendars.zone
    today = problem.not_before.astimezone(zone).date()
    if problem.first_day > today:
        yield _family(1, "sooner", "", [today.isoformat()])
    waits = [w for w in LONGER_WAITS if w > problem.preferences.start_within_days]
    if waits:
        yield _family(1, "within", "", [str(wait) for wait in waits])
    for code in sites:
        yield _family(4, "site", "", [code])


def _moves(problem: CourseProblem, blocked: tuple[str, ...]) -> Iterator[Family]:
    """Yield the placed sessions nearest to the blocked ones, to be moved as well."""
    order = [session.key for session in problem.course.sessions]
    at = [order.index(key) for key in blocked]
    coming = [
        session
        for session in problem.course.sessions
        if session.key in problem.pinned
        and problem.pinned[session.key].starts_at > problem.not_before
    ]
    near = sorted(
        coming, key=lambda s: min((abs(order.index(s.key) - n) for n in at), default=0)
    )
    for session in near[:MOST_MOVED]:
        yield _family(3, "unpin", code_of(session), [""], "move")


def _anybody(problem: CourseProblem, sessions: list[SessionShape]) -> Iterator[Family]:
    needs = [need for s in sessions for need in problem.visits[s.key].needs]
    groups = {need.continuity for need in needs} & problem.course.keeps
    for group in sorted(groups):
        yield _family(2, "anybody", group, [""], "prescriber")


def _windows(problem: CourseProblem, sessions: list[SessionShape]) -> Iterator[Family]:
    steps = range(1, MOST_DAYS + 1)
    for session in sessions:
        step, code = session.step, code_of(session)
        is_bounded = session.earliest_on is not None or session.latest_on is not None
        is_anchored = step is not None and bool(step.anchor)
        is_hard = is_bounded or (step is not None and step.is_hard)
        if (is_anchored or is_bounded) and (is_hard or problem.slack_days):
            rank, needs = (5, "prescriber") if is_hard else (3, "")
            for values in ([f"0,{k}" for k in steps], [f"{k},0" for k in steps]):
                yield _family(rank, "wider", code, values, needs)
        if step is not None and not step.is_allowed_on_dosing_day:
            yield _family(7, "dosing_day", code, [""], "prescriber")


def _spacing(problem: CourseProblem, sessions: list[SessionShape]) -> Iterator[Family]:
    doses = [session for session in sessions if session.kind == "dosing"]
    if not doses:
        return
    for rule in problem.course.spacing:
        steps = range(1, min(MOST_CLOSER, max(rule.days - 1, 1)) + 1)
        if rule.is_hard or problem.slack_days:
            needs = "prescriber" if rule.is_hard else ""
            yield _family(6, "closer", rule.kind, [str(k) for k in steps], needs)


def _renewals(problem: CourseProblem, sessions: list[SessionShape]) -> Iterator[Family]:
    """Yield whose credentials end, or begin, inside the calendar."""
    first, last = problem.calendars.first_on, problem.calendars.last_on
    able = {
        resource.resource_id: resource
        for session in sessions
        for _, needs in problem.visits[session.key].parties
        for resource in candidates_for(
            problem.calendars_of(problem.visits[session.key]), needs
        )
        if any(
            not any(
                (begin is None or begin <= first) and (end is None or last <= end)
                for begin, end in resource.capabilities[need.capability]
            )
            for need in needs
        )
    }
    for resource_id in list(able)[:MOST_OPENED]:
        yield _family(8, "renew", "", [str(resource_id)], "manager")


def _openings(problem: CourseProblem, sessions: list[SessionShape]) -> Iterator[Family]:
    """Yield days on which a session has nobody to serve it, since nobody works."""
    free = free_times(problem.calendars, tick=1)
    bounded = Parts(problem).only([session.key for session in sessions]).course
    days: dict[date, None] = {}
    for session in bounded.sessions:
        if session.key in {blocked.key for blocked in sessions}:
            for day in days_of(problem.calendars):
                first, last = session.earliest_on, session.latest_on
                inside = (not first or first <= day) and (not last or day <= last)
                if inside and _is_shut(problem, free, session.key, day):
                    days[day] = None
    ordered = sorted(days, key=lambda day: (day.weekday() > 4, day))
    for day in ordered[:MOST_OPENED]:
        yield _family(8, "open", "", [day.isoformat()], "manager")


def _is_shut(problem: CourseProblem, free: FreeTimes, key: str, day: date) -> bool:
    number, visit = free.timeline.day_number(day), problem.visits[key]
    inside = free.days_mask(number, number)
    free = free.at(visit.site)
    for _, needs in visit.parties:
        able = candidates_for(free.calendars, needs)
        times = [free[resource.resource_id] for resource in able]
        if not any(time.starts(needs) & inside for time in times):
            return any(not time.open & ~time.closed & inside for time in times)
    return False
