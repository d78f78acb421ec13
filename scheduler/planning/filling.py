"""Who could take a time that has become free, and what the whole course gains by it.

A visit may take the time only if its course can still be placed whole, and nobody
else's visits move. Its own others stay if the course gains even so; otherwise they
follow, if that ends the treatment sooner. What gains nothing is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.planning.calendar import Calendars, Visit
from scheduler.planning.costing import cost_of
from scheduler.planning.crowd import CourseToPlan
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.objective import Cost, Objective
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, Demand, Plan
from scheduler.planning.sharing import SharedCalendars
from scheduler.planning.staffing import (
    ANYBODY,
    NOBODY,
    cheapest_staffing,
    patient_is_free,
)

# What a course can gain, the most important first.
GAINS = (
    "broken_windows",
    "days_outside",
    "other_therapist",
    "not_preferred",
    "finish_day",
    "off_target",
)
NOTHING_GAINED = (0,) * len(GAINS)
LAST_OF_ALL = ("told_again", "restaffed")


@dataclass(frozen=True)
class Candidate:
    """A session that might take the time, in a course that stands as it does now."""

    course: CourseToPlan
    key: str

    @property
    def is_waiting(self) -> bool:
        """Tell whether the session has no time yet."""
        return self.key not in self.course.problem.told


@dataclass(frozen=True)
class Filling:
    """A course that could take the time: its plan then, and what it costs now."""

    candidate: Candidate
    plan: Plan
    before: Cost

    @property
    def gains(self) -> tuple[int, ...]:
        """Return by how much each of the terms gets better, the first first."""
        now = self.plan.cost
        return tuple(getattr(self.before, t) - getattr(now, t) for t in GAINS)

    @property
    def rank(self) -> tuple[bool, tuple[int, ...], int, str, str]:
        """Return the rank: who waits, then who gains most, then who moves least."""
        return (
            not self.candidate.is_waiting,
            tuple(-gain for gain in self.gains),
            self.plan.cost.told_again,
            self.candidate.course.key,
            self.candidate.key,
        )


def fillings(
    candidates: Iterable[Candidate], calendars: Calendars, starts_at: datetime
) -> Iterator[Filling]:
    """Yield the candidates that could begin then and gain by it, in their own order.

    The calendars hold no claim of any of the courses' visits that may move.
    """
    candidates = list(candidates)
    shared = SharedCalendars(calendars)
    for course in {c.course.key: c.course for c in candidates}.values():
        shared.take(course.key, course.standing)
    for candidate in candidates:
        held = shared.give_back(candidate.course.key)
        free = shared.free_for(candidate.course.problem.calendars.patient_busy)
        if _fits(candidate, free, starts_at):
            yield from _gaining(candidate, free, starts_at)
        shared.take(candidate.course.key, held)


def _gaining(
    candidate: Candidate, calendars: Calendars, starts_at: datetime
) -> Iterator[Filling]:
    """Yield the way to take the time that moves least, if there is a gain in one."""
    order = candidate.course.problem.objective.order
    others_follow = (*(t for t in order if t not in LAST_OF_ALL), *LAST_OF_ALL)
    for objective in (Objective(order), Objective(others_follow)):
        found = _filling(candidate, calendars, starts_at, objective)
        if found is None:
            return
        if candidate.is_waiting or found.gains > NOTHING_GAINED:
            yield found
            return


def _filling(
    candidate: Candidate,
    calendars: Calendars,
    starts_at: datetime,
    objective: Objective,
) -> Filling | None:
    problem = candidate.course.problem
    demand = Demand(starts_at=starts_at)
    wanted = problem.demands.get(candidate.key, demand).and_also(demand)
    posed = replace(
        problem,
        calendars=calendars,
        visits=_without_others_waiting(problem, candidate.key),
        demands={**problem.demands, candidate.key: wanted},
        objective=objective,
    )
    answer = find_plan(posed)
    if not isinstance(answer, Plan):
        return None
    before = cost_of(problem, candidate.course.now, problem.kept)
    return Filling(candidate, answer, before)


def _without_others_waiting(problem: CourseProblem, key: str) -> Mapping[str, Visit]:
    """Return the visits that have a time, and the one that may get this one."""
    placed = {key, *problem.told, *problem.pinned}
    return {k: visit for k, visit in problem.visits.items() if k in placed}


def _fits(candidate: Candidate, calendars: Calendars, starts_at: datetime) -> bool:
    """Tell whether the visit alone could be then; that day is looked at and no more."""
    on = starts_at.astimezone(calendars.zone).date()
    visit = candidate.course.problem.visits[candidate.key]
    free = FreeTimes(replace(calendars, first_on=on, last_on=on)).at(visit.site)
    begin = free.timeline.floor(starts_at)
    return patient_is_free(free, visit, begin) and (
        cheapest_staffing(free, visit, begin, {}, ANYBODY, NOBODY) is not None
    )
