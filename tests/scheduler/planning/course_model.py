"""A course problem as a constraint model: where sessions can be, and what that costs.

It shares with the planner the plain values of a problem, and nothing else. What two
sessions have to keep is added by `rule_constraints`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from scheduler.planning.problem import TREATMENT, CourseProblem
from tests.scheduler.planning.course_rules import DayRanges, free_keys
from tests.scheduler.planning.possible_starts import (
    IMPOSSIBLE,
    Main,
    Minutes,
    PossibleStarts,
    Starts,
    unpacked_people,
)
from tests.scheduler.planning.two_sites import patient_at

Expr = cp_model.LinearExpr


class NothingFits(Exception):
    """Proven: no plan keeps all rules."""


@dataclass(frozen=True)
class Placed:
    """Where a session begins, where it ends and on which day, as expressions."""

    start: Expr
    end: Expr
    day: Expr


class CourseModel:
    """Every session somewhere; soft windows may be left by at most `slack` days.

    `terms` holds what adds to each term of the objective, and the most that it can
    be. Raises NothingFits at once where a session has no start.
    """

    def __init__(
        self,
        problem: CourseProblem,
        possible: PossibleStarts,
        slack: int,
        model: cp_model.CpModel | None = None,
    ) -> None:
        self.problem = problem
        self.slack = slack
        self.ranges = DayRanges(problem, slack)
        if not self.ranges.is_possible:
            raise NothingFits
        self.model = model or cp_model.CpModel()
        self.free = free_keys(problem)
        self.terms: dict[str, list[tuple[Expr, int]]] = {
            term: [] for term in problem.objective.order
        }
        self.placed: dict[str, Placed] = {}
        # Whether a session is on a day, for the days on which it can be.
        self.on: dict[tuple[str, int], Expr] = {}
        self._possible = possible
        self._main = {m: self.model.new_bool_var("") for m in possible.mains}
        self.model.add_exactly_one(self._main.values())
        for key in problem.pinned:
            self._pin(key)
        for key in self.free:
            self._place(key)
        self._count_days()

    def add(self, term: str, value: Expr, most: int) -> None:
        """Count something that is at most so much in a term of the objective."""
        if term in self.terms:
            self.terms[term].append((value, most))

    def sum(self, term: str) -> Expr:
        """The whole term."""
        return total(value for value, _ in self.terms[term])

    def most(self, term: str) -> int:
        """The most that a whole term can be."""
        if term == "trips":
            return len(self.free)
        return sum(most for _, most in self.terms[term])

    @property
    def days(self) -> int:
        """How many days there are from the first session to the last possible day."""
        calendars = self.problem.calendars
        pins = [pin.on for pin in self.problem.pinned.values()]
        return (calendars.last_on - min([calendars.first_on, *pins])).days + 1

    def _pin(self, key: str) -> None:
        pin, clock = self.problem.pinned[key], self._possible.clock
        start, end = clock.floor(pin.starts_at), clock.ceil(pin.ends_at)
        day = (pin.on - self.problem.calendars.first_on).days
        known = self.model.new_constant
        self.placed[key] = Placed(known(start), known(end), known(day))
        self.on[key, day] = known(1)

    def _place(self, key: str) -> None:
        model, starts = self.model, self._starts(key)
        if not len(starts.minutes):
            raise NothingFits
        midnights = self._possible.clock.midnights
        start = model.new_int_var_from_domain(domain_of(starts.minutes), key)
        into = starts.minutes - midnights[starts.days]
        minute = model.new_int_var_from_domain(domain_of(into), "")
        mine: dict[int, cp_model.IntVar] = {}
        for day in sorted({int(day) for day in starts.days}):
            flag = mine[day] = model.new_bool_var(f"{key} on {day}")
            here = domain_of(starts.minutes[starts.days == day])
            model.add_linear_expression_in_domain(start, here).only_enforce_if(flag)
            self.on[key, day] = flag
        model.add_exactly_one(mine.values())
        midnight = total(flag * int(midnights[day]) for day, flag in mine.items())
        model.add(start == midnight + minute)
        on = model.new_int_var(min(mine), max(mine), "")
        model.add(on == total(flag * day for day, flag in mine.items()))
        end = start + self.problem.visits[key].patient_minutes
        self.placed[key] = Placed(start, end, on)
        self.add("minutes_into_day", minute, int(into.max()))
        self._price(key, starts, start)

    def _starts(self, key: str) -> Starts:
        starts, (least, most) = self._possible.of(key), self.ranges.days(key)
        kept = (starts.days >= least) & (starts.days <= most)
        return Starts(
            minutes=starts.minutes[kept],
            days=starts.days[kept],
            missed=starts.missed[kept],
            is_news=starts.is_news[kept],
            people={main: costs[kept] for main, costs in starts.people.items()},
        )

    def _price(self, key: str, starts: Starts, start: Expr) -> None:
        """Each way to be cheap or dear is a flag, under one choice of whom to keep."""
        alike: dict[bytes, list[Main]] = {}
        for main, costs in starts.people.items():
            alike.setdefault(costs.tobytes(), []).append(main)
        priced: list[tuple[cp_model.IntVar, dict[str, int]]] = []
        for mains in alike.values():
            some = list(self._ways(starts, starts.people[mains[0]], start))
            # Exactly one of these is true when one of these mains is the main.
            chosen = total(self._main[main] for main in mains)
            self.model.add(total(flag for flag, _ in some) == chosen)
            priced += some
        for term in priced[0][1] if priced else ():
            most = max(price[term] for _, price in priced)
            if most:
                said = total(flag * price[term] for flag, price in priced)
                self.add(term, said, most)

    def _ways(
        self, starts: Starts, costs: Minutes, start: Expr
    ) -> Iterable[tuple[cp_model.IntVar, dict[str, int]]]:
        ways = np.stack([costs, starts.missed, starts.is_news], axis=1)
        for way in np.unique(ways[costs < IMPOSSIBLE], axis=0):
            flag = self.model.new_bool_var("")
            here = domain_of(starts.minutes[(ways == way).all(axis=1)])
            self.model.add_linear_expression_in_domain(start, here).only_enforce_if(
                flag
            )
            price = unpacked_people(self.problem, int(way[0]))
            price |= {"not_preferred": int(way[1]), "told_again": int(way[2])}
            yield flag, price

    def _count_days(self) -> None:
        problem = self.problem
        treatment = [
            session.key
            for session in problem.course.sessions
            if session.kind in TREATMENT and session.key in self.placed
        ]
        if treatment and treatment[-1] in self.free:
            first = (problem.first_day - problem.calendars.first_on).days
            finish = self.placed[treatment[-1]].day - first
            self.add("finish_day", finish, self.days)
        travels: dict[tuple[int, str], list[str]] = {}
        for key, day in self.on:
            if key not in problem.visits or not problem.visits[key].is_remote:
                place = patient_at(problem, key)
                travels.setdefault((day, place), []).append(key)
        for (day, _), keys in travels.items():
            if problem.pinned.keys() & keys:
                continue
            trip = self.model.new_bool_var("")
            for key in keys:
                self.model.add(self.on[key, day] <= trip)
            self.add("trips", trip, 1)


def total(values: Iterable[Expr]) -> Expr:
    """The sum of expressions, of none as well."""
    return cp_model.LinearExpr.sum([*values, 0])


def domain_of(minutes: Sequence[int] | Minutes) -> cp_model.Domain:
    """These minutes and no other."""
    return cp_model.Domain.from_values(sorted({int(minute) for minute in minutes}))
