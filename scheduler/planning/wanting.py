"""What is insisted on for one session, and the time that its patient was told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from scheduler.planning.calendar import Visit
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.options import StartCosts, rank
from scheduler.planning.problem import CourseProblem, Demand, Told
from scheduler.planning.relations import Option
from scheduler.planning.staffing import (
    NOBODY,
    Keeping,
    Rather,
    patient_is_free,
    priced_staffing,
)


def rather_of(problem: CourseProblem, key: str) -> Rather:
    """Return who serves the session at the time that its patient was told."""
    told = problem.told.get(key)
    if told is None:
        return NOBODY
    return Rather(told.serving, problem.objective.weights["restaffed"])


@dataclass
class Wanted:
    """Narrows the starts of one session, and prices leaving the told one."""

    problem: CourseProblem
    free: FreeTimes
    costs: StartCosts
    key: str
    keeping: Keeping

    @cached_property
    def demand(self) -> Demand:
        """Return all that is insisted on."""
        return self.problem.demanded(self.key)

    @cached_property
    def told(self) -> Told | None:
        """Return the time that the patient knows, if there is one."""
        return self.problem.told.get(self.key)

    @cached_property
    def surcharge(self) -> int:
        """Return what any other start than the told one costs."""
        return self.problem.objective.weights["told_again"] if self.told else 0

    def among(self, days: int) -> int:
        """Return those of the days, as bits, on which the session may be."""
        line, demand = self.free.timeline, self.demand
        if self.told_start is not None:
            days |= 1 << self.told_start.day
        if demand.starts_at is not None:
            at = line.floor(demand.starts_at)
            days &= 1 << line.day_of(at) if 0 <= at < line.minutes else 0
        if demand.on is not None:
            number = line.day_number(demand.on)
            days &= 1 << number if number >= 0 else 0
        for on in demand.not_on:
            number = line.day_number(on)
            days &= ~(1 << number) if number >= 0 else -1
        return days

    def allows(self, start: Option) -> bool:
        """Tell whether a start lies on a day, and at the time, that is insisted on."""
        wanted = self.demand.starts_at
        if wanted is not None and self.free.timeline.floor(wanted) != start.start:
            return False
        return bool(self.among(1 << start.day) >> start.day & 1)

    def looks_at(self, day: int) -> bool:
        """Tell whether starts of this day differ in more than their own cost."""
        told = self.told_start
        is_told_day = told is not None and told.day == day
        return is_told_day or self.demand.starts_at is not None

    def of(self, options: Iterable[Option], day: int) -> tuple[Option, ...]:
        """Return the day's starts that are allowed, priced, cheapest first."""
        found = [
            option._replace(cost=option.cost + self.surcharge) for option in options
        ]
        if self.told_start is not None and self.told_start.day == day:
            told = self.told_start
            found = [option for option in found if option.start != told.start]
            found.append(told)
        if self.demand.starts_at is not None:
            minute = self.free.timeline.floor(self.demand.starts_at)
            found = [option for option in found if option.start == minute]
        return tuple(sorted(found, key=rank))

    @cached_property
    def told_start(self) -> Option | None:
        """Return the start that the patient knows, if it is still possible."""
        if self.told is None:
            return None
        line, visit = self.free.timeline, self._visit
        free = self.free.at(visit.site)
        begin = line.floor(self.told.placement.starts_at)
        end = begin + visit.patient_minutes
        if (
            begin < line.ceil(self.problem.not_before)
            or not 0 <= begin <= line.minutes - visit.reach
            or line.day_of(end - 1) != line.day_of(begin)
            or not patient_is_free(free, visit, begin)
        ):
            return None
        priced = priced_staffing(
            free,
            visit,
            begin,
            self.demand.serving,
            replace(self.keeping, never=self.demand.not_served_by),
            rather_of(self.problem, self.key),
        )
        if priced is None:
            return None
        day = line.day_of(begin)
        cost = self.costs.of(self.costs.day(day), begin, end, priced[0])
        return Option(day, begin, end, cost)

    @property
    def _visit(self) -> Visit:
        return self.problem.visits[self.key]
