"""Makes changes to a problem: what is asked for, looked for, and supposed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from scheduler.planning.calendar import Calendars
from scheduler.planning.changes import (
    Change,
    hours,
    instant,
    party_and_resource,
    session_of,
)
from scheduler.planning.objective import Objective
from scheduler.planning.problem import NOTHING_DEMANDED, CourseProblem, Demand
from scheduler.planning.supposing import (
    DAY,
    anybody,
    closer,
    dosing_day,
    opened,
    renewed,
    wider,
)


def changed(problem: CourseProblem, changes: Iterable[Change]) -> CourseProblem:
    """Return the problem with all of the changes made.

    What must be read anew is left as it is: who read the problem has done that.
    """
    for change in sorted(changes, key=lambda change: change.kind == "unbound"):
        if change.kind in _CHANGES:
            problem = _CHANGES[change.kind](problem, change)
    return problem


def days_of(calendars: Calendars) -> list[date]:
    """Return every day that the calendars hold."""
    days = (calendars.last_on - calendars.first_on).days + 1
    return [calendars.first_on + DAY * number for number in range(days)]


# --- what is asked for ------------------------------------------------------------


def _demand(problem: CourseProblem, about: str, demand: Demand) -> CourseProblem:
    session = session_of(problem.course, about)
    if about and (session is None or session.key not in problem.visits):
        return problem
    key = session.key if session else ""
    so_far = problem.demands.get(key, NOTHING_DEMANDED)
    return replace(problem, demands={**problem.demands, key: demand.and_also(so_far)})


def _on(problem: CourseProblem, change: Change) -> CourseProblem:
    return _demand(problem, change.about, Demand(on=date.fromisoformat(change.value)))


def _at(problem: CourseProblem, change: Change) -> CourseProblem:
    return _demand(problem, change.about, Demand(starts_at=instant(change.value)))


def _off(problem: CourseProblem, change: Change) -> CourseProblem:
    days = frozenset({date.fromisoformat(change.value)})
    return _demand(problem, change.about, Demand(not_on=days))


def _weekday_off(problem: CourseProblem, change: Change) -> CourseProblem:
    days = frozenset(
        on for on in days_of(problem.calendars) if on.weekday() == int(change.value)
    )
    return _demand(problem, change.about, Demand(not_on=days))


def _served(problem: CourseProblem, change: Change) -> CourseProblem:
    party, resource_id = party_and_resource(change.value)
    return _demand(problem, change.about, Demand(serving={party: resource_id}))


def _without(problem: CourseProblem, change: Change) -> CourseProblem:
    nobody = frozenset({UUID(change.value)})
    return _demand(problem, change.about, Demand(not_served_by=nobody))


def _unbound(problem: CourseProblem, change: Change) -> CourseProblem:
    """Drop one part of what is insisted on for a session, or for all of them."""
    session = session_of(problem.course, change.about)
    key = session.key if session else ""
    if key not in problem.demands:
        return problem
    nothing = getattr(NOTHING_DEMANDED, change.value)
    demand = replace(problem.demands[key], **{change.value: nothing})
    return replace(problem, demands={**problem.demands, key: demand})


# --- what is looked for -----------------------------------------------------------


def _led(problem: CourseProblem, change: Change) -> CourseProblem:
    course = replace(problem.course, keeps=problem.course.keeps | {change.about})
    kept = {**problem.kept, change.about: UUID(change.value)}
    return replace(problem, course=course, kept=kept)


def _begin(problem: CourseProblem, change: Change) -> CourseProblem:
    start_on = max(problem.first_day, date.fromisoformat(change.value))
    wish = replace(problem.preferences, start_on=start_on)
    return replace(problem, preferences=wish)


def _hours(problem: CourseProblem, change: Change) -> CourseProblem:
    earliest, latest = hours(change.value)
    wish = replace(problem.preferences, earliest=earliest, latest=latest)
    return replace(problem, preferences=wish)


def _first(problem: CourseProblem, change: Change) -> CourseProblem:
    order = [term for term in problem.objective.order if term != change.value]
    order.insert(min(2, len(order)), change.value)
    return replace(problem, objective=Objective(tuple(order)))


_CHANGES: Mapping[str, Callable[[CourseProblem, Change], CourseProblem]] = {
    "on": _on,
    "at": _at,
    "off": _off,
    "weekday_off": _weekday_off,
    "served": _served,
    "without": _without,
    "unbound": _unbound,
    "led": _led,
    "begin": _begin,
    "hours": _hours,
    "first": _first,
    "wider": wider,
    "closer": closer,
    "dosing_day": dosing_day,
    "anybody": anybody,
    "open": opened,
    "renew": renewed,
}
