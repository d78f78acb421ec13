"""The planner's question as a constraint model, solved and proven by OR-Tools CP-SAT.

The terms of the objective are settled one group after another, in their order: each
group's least sum is proven and then kept. Without a proof the answer is "unproven".
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal
from uuid import UUID

import numpy as np
from ortools.sat.python import cp_model

from scheduler.planning.objective import Cost
from scheduler.planning.problem import TREATMENT, CourseProblem
from tests.scheduler.planning.course_rules import (
    DAY_MINUTES,
    Between,
    DayRanges,
    Follows,
    InWindow,
    NotOnOneDay,
    Spaced,
    Waits,
    free_keys,
    rules_of,
)
from tests.scheduler.planning.possible_starts import (
    IMPOSSIBLE,
    PossibleStarts,
    Starts,
    is_able,
    parties,
    unpacked_people,
)

Expr = cp_model.LinearExprT
# Terms are weighed against each other in one sum while it stays below this.
LARGEST_SUM = 1 << 22


@dataclass(frozen=True)
class Answer:
    """What CP-SAT found: the cost of the best plan, or the proof that there is none."""

    status: Literal["plan", "none", "unproven"]
    cost: Cost | None
    seconds: float


@dataclass(frozen=True)
class Placed:
    """Where a session begins, where it ends and on which day, as expressions."""

    start: Expr
    end: Expr
    day: Expr


def ask(problem: CourseProblem, *, seconds: float = 60, workers: int = 1) -> Answer:
    """Return the proven answer, or that there was no proof in so many seconds."""
    began = time.perf_counter()
    possible = PossibleStarts(problem)
    for slack in _slacks(problem):
        cost: Cost | None = None
        try:
            model = _Model(problem, possible, slack)
            left = seconds - (time.perf_counter() - began)
            cost = model.cheapest(left, workers)
        except _NoPlan:
            continue
        except _NoProof:
            return Answer("unproven", None, time.perf_counter() - began)
        return Answer("plan", cost, time.perf_counter() - began)
    return Answer("none", None, time.perf_counter() - began)


def _slacks(problem: CourseProblem) -> list[int]:
    """No broken window is better than any, so that is asked first."""
    is_first = problem.objective.order[:2] == ("broken_windows", "days_outside")
    return sorted({0, problem.slack_days}) if is_first else [problem.slack_days]


class _NoPlan(Exception):
    """Proven: nothing keeps all rules."""


class _NoProof(Exception):
    """The time was up."""


class _Model:
    def __init__(
        self, problem: CourseProblem, possible: PossibleStarts, slack: int
    ) -> None:
        self.problem = problem
        self.possible = possible
        self.slack = slack
        self.ranges = DayRanges(problem, slack)
        if not self.ranges.is_possible:
            raise _NoPlan
        self.model = cp_model.CpModel()
        # What is added to each term, with the most that it can be.
        self.terms: dict[str, list[tuple[Expr, int]]] = {
            term: [] for term in problem.objective.order
        }
        self.placed: dict[str, Placed] = {}
        self.on: dict[tuple[str, int], cp_model.IntVar] = {}
        self.main = {m: self.model.new_bool_var("") for m in possible.mains}
        self.model.add_exactly_one(self.main.values())
        self.free = free_keys(problem)
        for key, pin in problem.pinned.items():
            clock = possible.clock
            start, end = clock.floor(pin.starts_at), clock.ceil(pin.ends_at)
            day = (pin.on - problem.calendars.first_on).days
            self.placed[key] = Placed(start, end, day)
        for key in self.free:
            self._place(key)
        for rule in rules_of(problem):
            self._keep(rule)
        self._keep_apart()
        self._count_days()

    # --- one session ------------------------------------------------------------

    def _place(self, key: str) -> None:
        model, visit = self.model, self.problem.visits[key]
        starts = self._within_days(key)
        clock = self.possible.clock
        ordered = np.array(sorted(set(starts.minutes.tolist())))
        if not len(ordered):
            raise _NoPlan
        start = model.new_int_var_from_domain(_domain(ordered), f"start {key}")
        days = sorted({int(day) for day in starts.days})
        for day in days:
            self.on[key, day] = model.new_bool_var(f"{key} on {day}")
        mine = {day: self.on[key, day] for day in days}
        model.add_exactly_one(mine.values())
        into = starts.minutes - clock.midnights[starts.days]
        minute = model.new_int_var_from_domain(_domain(np.unique(into)), "")
        model.add(
            start == minute + sum(int(clock.midnights[d]) * b for d, b in mine.items())
        )
        for day, flag in mine.items():
            here = starts.minutes[starts.days == day]
            model.add_linear_expression_in_domain(start, _domain(here)).only_enforce_if(
                flag
            )
        day_of = model.new_int_var(days[0], days[-1], f"day {key}")
        model.add(day_of == sum(day * flag for day, flag in mine.items()))
        self.placed[key] = Placed(start, start + visit.patient_minutes, day_of)
        self._add("minutes_into_day", minute, int(into.max()))
        self._price(starts, start)

    def _within_days(self, key: str) -> Starts:
        starts, (least, most) = self.possible.of(key), self.ranges.days(key)
        kept = (starts.days >= least) & (starts.days <= most)
        return Starts(
            minutes=starts.minutes[kept],
            days=starts.days[kept],
            missed=starts.missed[kept],
            is_news=starts.is_news[kept],
            people={main: costs[kept] for main, costs in starts.people.items()},
        )

    def _price(self, starts: Starts, start: Expr) -> None:
        """Each way to be cheap or dear is a flag, under one main therapist or any."""
        alike: dict[bytes, list[UUID | None]] = {}
        for main, costs in starts.people.items():
            alike.setdefault(costs.tobytes(), []).append(main)
        flags: list[cp_model.IntVar] = []
        prices: list[dict[str, int]] = []
        for mains in alike.values():
            costs = starts.people[mains[0]]
            ways = np.stack([costs, starts.missed, starts.is_news], axis=1)
            some = []
            for way in np.unique(ways[costs < IMPOSSIBLE], axis=0):
                flag = self.model.new_bool_var("")
                here = starts.minutes[(ways == way).all(axis=1)]
                self.model.add_linear_expression_in_domain(
                    start, _domain(here)
                ).only_enforce_if(flag)
                price = unpacked_people(self.problem, int(way[0]))
                price |= {"not_preferred": int(way[1]), "told_again": int(way[2])}
                some.append(flag)
                prices.append(price)
            # Exactly one of these is true when one of these mains is the main.
            self.model.add(sum(some) == sum(self.main[main] for main in mains))
            flags += some
        for term in prices[0] if prices else ():
            most = max(price[term] for price in prices)
            if most:
                said = sum(p[term] * f for p, f in zip(prices, flags, strict=True))
                self._add(term, said, most)

    # --- two sessions -----------------------------------------------------------

    def _keep(self, rule: Between) -> None:
        first, second = self.placed[rule.first], self.placed[rule.second]
        days = rule.days(self.slack)
        gap = second.day - first.day
        self.model.add_linear_constraint(gap, *_whole(days))
        if isinstance(rule, Follows):
            self.model.add(second.start >= first.end)
        elif isinstance(rule, NotOnOneDay):
            self._never_together(rule.first, rule.second)
        elif isinstance(rule, Waits):
            short = first.end + rule.hours * 60 - second.start
            self._may_break([short], DAY_MINUTES, self.slack)
        elif isinstance(rule, Spaced) and not rule.rule.is_hard:
            least, most = rule.limits
            outside = [least - gap] if least > 0 else [gap - most]
            if self.slack:
                self._may_break(outside, 1, (self._days() + int(max(least, 0))))
        elif isinstance(rule, InWindow):
            self._window(rule, first, second)

    def _window(self, rule: InWindow, first: Placed, second: Placed) -> None:
        step, unit = rule.step, 1
        away: Expr = second.day - first.day
        if step.unit != "days":
            unit = 60
            away = second.start - (
                first.end if step.anchor_edge == "end" else first.start
            )
        least, most = rule.limits(self.slack)
        self.model.add_linear_constraint(away, least, most)
        day = 1 if unit == 1 else DAY_MINUTES
        off_most = max(abs(least - step.target * unit), abs(most - step.target * unit))
        off = self.model.new_int_var(0, off_most // day, "")
        for side in (away - step.target * unit, step.target * unit - away):
            # Whole days only: what is left over doesn't count.
            self.model.add(day * off + day - 1 >= side)
        self._add("off_target", off, off_most // day)
        if not step.is_hard and self.slack:
            outside = [step.earliest * unit - away, away - step.latest * unit]
            self._may_break(outside, day, self.slack)

    def _may_break(self, outside: Sequence[Expr], day: int, most: int) -> None:
        """The rule is kept, or it is broken by at most so many begun days."""
        if not most:
            for over in outside:
                self.model.add(over <= 0)
            return
        days = self.model.new_int_var(0, most, "")
        is_broken = self.model.new_bool_var("")
        for over in outside:
            self.model.add(day * days >= over)
        self.model.add(days <= most * is_broken)
        self._add("broken_windows", is_broken, 1)
        self._add("days_outside", days, most)

    def _never_together(self, one: str, other: str) -> None:
        for key, day in list(self.on):
            if key in (one, other):
                theirs = self._is_on(other if key == one else one, day)
                if theirs is not None:
                    self.model.add(self.on[key, day] + theirs <= 1)

    def _is_on(self, key: str, day: int) -> Expr | None:
        if key in self.problem.pinned:
            return 1 if self.placed[key].day == day else None
        return self.on.get((key, day))

    def _keep_apart(self) -> None:
        """The patient is in one place, and claims that outlast a stay are waited for."""
        order = {
            (rule.first, rule.second)
            for rule in rules_of(self.problem)
            if isinstance(rule, Follows)
        }
        for one, other in combinations([*self.problem.pinned, *self.free], 2):
            if {one, other} <= {*self.problem.pinned}:
                continue
            if not self.ranges.may_meet(one, other):
                continue
            tails = self._tail(one, other), self._tail(other, one)
            if (one, other) in order or (other, one) in order:
                if (other, one) in order:
                    one, other, tails = other, one, tails[::-1]
                first, second = self.placed[one], self.placed[other]
                self.model.add(second.start >= first.end + tails[0])
                continue
            first, second = self.placed[one], self.placed[other]
            is_first = self.model.new_bool_var("")
            self.model.add(second.start >= first.end + tails[0]).only_enforce_if(
                is_first
            )
            self.model.add(first.start >= second.end + tails[1]).only_enforce_if(
                ~is_first
            )

    def _tail(self, key: str, other: str) -> int:
        if key not in self.free or other not in self.free:
            return 0
        mine, theirs = self.problem.visits[key], self.problem.visits[other]
        able = [
            {
                resource.resource_id
                for resource in self.problem.calendars.resources
                for needs in parties(visit).values()
                if is_able(resource, needs)
            }
            for visit in (mine, theirs)
        ]
        return mine.reach - mine.patient_minutes if able[0] & able[1] else 0

    # --- the whole course -------------------------------------------------------

    def _days(self) -> int:
        calendars = self.problem.calendars
        first = min(
            [calendars.first_on, *(pin.on for pin in self.problem.pinned.values())]
        )
        return (calendars.last_on - first).days + 1

    def _count_days(self) -> None:
        problem = self.problem
        treatment = [
            session.key
            for session in problem.course.sessions
            if session.kind in TREATMENT and session.key in self.placed
        ]
        if treatment and treatment[-1] in self.free:
            first = (problem.first_day - problem.calendars.first_on).days
            self._add("finish_day", self.placed[treatment[-1]].day - first, self._days())
        made = {self.placed[k].day for k in problem.pinned if self._travels(k)}
        by_day: dict[int, list[cp_model.IntVar]] = {}
        for (key, day), flag in self.on.items():
            if self._travels(key) and day not in made:
                by_day.setdefault(day, []).append(flag)
        for flags in by_day.values():
            trip = self.model.new_bool_var("")
            for flag in flags:
                self.model.add_implication(flag, trip)
            self._add("trips", trip, 1)

    def _travels(self, key: str) -> bool:
        visit = self.problem.visits.get(key)
        return visit is None or not visit.is_remote

    def _add(self, term: str, value: Expr, most: int) -> None:
        if term in self.terms:
            self.terms[term].append((value, most))

    # --- solving ----------------------------------------------------------------

    def cheapest(self, seconds: float, workers: int) -> Cost:
        """Return the least cost. Raises _NoPlan or _NoProof."""
        deadline = time.perf_counter() + seconds
        found: dict[str, int] = {}
        for group in self._groups() or [()]:
            weighed: Expr = 0
            for term in group:
                weighed = weighed * (self._most(term) + 1) + self._sum(term)
            self.model.minimize(weighed)
            solver = _solved(self.model, deadline - time.perf_counter(), workers)
            for term in group:
                found[term] = solver.value(self._sum(term))
                # The terms of a group may be traded for each other no more.
                self.model.add(self._sum(term) == found[term])
            self.model.clear_hints()
            for index in range(len(self.model.proto.variables)):
                known = self.model.get_int_var_from_proto_index(index)
                self.model.add_hint(known, solver.value(known))
        return Cost(**found)

    def _sum(self, term: str) -> Expr:
        return sum((value for value, _ in self.terms[term]), start=0)

    def _most(self, term: str) -> int:
        if term == "trips":
            return len(self.free)
        return sum(most for _, most in self.terms[term])

    def _groups(self) -> list[list[str]]:
        groups: list[list[str]] = [[]]
        largest = 1
        for term in self.terms:
            if not self.terms[term]:
                continue
            largest *= self._most(term) + 1
            if largest > LARGEST_SUM and groups[-1]:
                groups.append([])
                largest = self._most(term) + 1
            groups[-1].append(term)
        return groups


def _solved(
    model: cp_model.CpModel, seconds: float, workers: int
) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    solver.parameters.num_workers = workers
    solver.parameters.cp_model_probing_level = 0
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        raise _NoPlan
    if status != cp_model.OPTIMAL:
        raise _NoProof
    return solver


def _domain(minutes: np.ndarray) -> cp_model.Domain:
    return cp_model.Domain.from_values([int(minute) for minute in minutes])


def _whole(days: tuple[float, float]) -> tuple[int, int]:
    far = 10**6
    return int(max(days[0], -far)), int(min(days[1], far))
