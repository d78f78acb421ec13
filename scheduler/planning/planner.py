"""From a course problem to its best plan, or to the proof that there is none.

The objective is lexicographic, so what ranks highest is settled first: a plan that
breaks no soft window and changes no therapist is looked for alone, and only when
there is none may therapists change, and only then may windows be left. Each of these
searches is exhaustive, so the first that finds a plan has found the optimum.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple
from uuid import UUID

from courses.errors import Refusal
from scheduler.planning.bounding import Bounds, feasible_days
from scheduler.planning.checker import check_plan
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.domains import Domains
from scheduler.planning.explaining import no_plan
from scheduler.planning.foreseeing import cut_of
from scheduler.planning.free_time import free_times, longest_tick
from scheduler.planning.naming import (
    course_days,
    last_treatment,
    with_keys_again,
    with_short_keys,
)
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.ranging import shared, short_names
from scheduler.planning.relations import Domain, Option
from scheduler.planning.routes import Routes
from scheduler.planning.searching import Search
from scheduler.planning.staffing import (
    ANYBODY,
    Keeping,
    candidates_for,
)
from scheduler.planning.staying import SETTLED, may_all_stay
from scheduler.planning.telling import told_plan

CHOSEN = "therapist"
PENALTIES = {"therapist": "other_therapist", "prescriber": "other_prescriber"}

_GAVE_UP = Refusal(
    rule="plan.search_too_long",
    sentence=(
        "Finding the best plan takes too long here, so it isn't known whether there is "
        "one. Choose another start, other days or another site, or book the first "
        "visits by hand and plan the rest."
    ),
)


def find_plan(problem: CourseProblem) -> Plan | NoPlan:
    """Return the optimum of the problem's objective, or why there is no plan.

    Every plan has passed a checker that shares no code with the search. A search that
    goes on for too long ends without either, and says so.
    """
    try:
        plan = best_plan(problem)
    except SearchTooLong:
        return NoPlan(refusals=(_GAVE_UP,))
    return plan or no_plan(problem, best_plan)


def best_plan(problem: CourseProblem) -> Plan | None:
    """Return the optimum, or None when there is no plan. Raises SearchTooLong."""
    plan = unchecked_plan(problem)
    if plan is not None:
        check_plan(problem, plan)
    return plan


def unchecked_plan(problem: CourseProblem, *, below: int | None = None) -> Plan | None:
    """Return the optimum if its packed cost is less than `below`, before it is checked.

    Raises SearchTooLong.
    """
    names = short_names(problem.course)
    found = _Planner(with_short_keys(problem, names), below).plan()
    return None if found is None else with_keys_again(found, names)


# What a plan costs, where its sessions begin, and whom it keeps.
_Found = tuple[int, dict[str, Option], Keeping]


class _Begun(NamedTuple):
    """The search for a course with one therapist, and what it can't fall below."""

    least: int
    number: int
    search: Search
    keeping: Keeping


class _Planner:
    def __init__(self, problem: CourseProblem, below: int | None = None) -> None:
        self.problem = problem
        self.below = below
        calendars, line = problem.calendars, problem.calendars.timeline
        told = (told.placement.starts_at for told in problem.told.values())
        wanted = (demand.starts_at for demand in problem.demands.values())
        self.free = free_times(
            calendars,
            longest_tick(
                calendars,
                problem.visits.values(),
                [*told, *(instant for instant in wanted if instant is not None)],
            ),
        )
        pinned = {key: self._pin(key) for key in problem.pinned}
        floor = line.day_number(problem.first_day)
        self.days = shared(course_days(problem, pinned, floor))
        self.last_treatment = last_treatment(problem)
        self.domains = Domains(problem, self.free, floor, pinned, self.last_treatment)
        self._known: dict[object, dict[int, int | None]] = {}
        # Ways through the sessions on which there is no plan, whoever serves.
        self._impossible: set[int] = set()

    def _pin(self, key: str) -> Option:
        line, placed = self.free.timeline, self.problem.pinned[key]
        start, end = line.floor(placed.starts_at), line.ceil(placed.ends_at)
        return Option(line.day_number(placed.on), start, end, 0)

    def plan(self) -> Plan | None:
        """Return the best plan, or None if there is none."""
        for slack, may_change in self._relaxations():
            if not self._is_enough(slack, may_change=may_change):
                return None
            self._cut = cut_of(
                self.problem.objective, is_strict=not slack, keeps=not may_change
            )
            routes = self.days.routes(slack, self.free.timeline.days - 1)
            if routes is None or id(routes) in self._impossible:
                continue
            found = self._best_on(routes, may_change=may_change)
            if found is not None:
                is_enough = self.below is None or found[0] < self.below
                return told_plan(self.problem, self.free, *found) if is_enough else None
        return None

    def _relaxations(self) -> Iterator[tuple[int, bool]]:
        """Yield how far soft rules may be left: windows by days, the therapist."""
        slack, order = self.problem.slack_days, self.problem.objective.order
        if order[:2] == ("broken_windows", "days_outside"):
            if order[2:3] == ("other_therapist",):
                yield 0, False
            yield 0, True
            if not slack:
                return
        yield slack, True

    def _is_enough(self, slack: int, *, may_change: bool) -> bool:
        """Tell whether a plan could cost little enough, if no stricter one does."""
        order, weights = self.problem.objective.order, self.problem.objective.weights
        least = 0
        if order[:2] == SETTLED[:2] and slack:
            least = weights["broken_windows"]
        elif order[:3] == SETTLED[:3] and may_change:
            least = weights["other_therapist"]
        return self.below is None or least < self.below

    def _best_on(self, routes: Routes, *, may_change: bool) -> _Found | None:
        keepings = list(self._keepings(may_change=may_change))
        finish = self._finish(routes)
        found = None
        if not may_change and len(keepings) == 1 and may_all_stay(self.problem):
            found = self._staying(routes, finish, keepings[0])
        return found or self._cheapest(routes, finish, keepings)

    def _staying(
        self, routes: Routes, finish: Mapping[str, tuple[int, int]], keeping: Keeping
    ) -> _Found | None:
        """Return the best plan if every visit that can stay by itself does so."""
        domains = self.domains.staying(routes, keeping)
        bounds = self._bounds_of(routes, finish, domains)
        if not bounds:
            return None
        found = Search(routes, bounds.domains, bounds).cheapest()
        return None if found is None else (*found, keeping)

    def _cheapest(
        self,
        routes: Routes,
        finish: Mapping[str, tuple[int, int]],
        keepings: list[Keeping],
    ) -> _Found | None:
        beneath = None
        if len(keepings) > 1:
            # Whoever serves, no plan is cheaper than with nobody to keep.
            anybody = replace(ANYBODY, skill=keepings[0].skill)
            beneath = self._bounds(routes, finish, anybody)
            if beneath is None:
                return None
        searches: list[_Begun] = []
        for number, keeping in enumerate(keepings):
            bounds = self._bounds(routes, finish, keeping, beneath)
            if bounds is not None and bounds.least is not None:
                search = Search(routes, bounds.domains, bounds)
                searches.append(_Begun(bounds.least, number, search, keeping))
        return self._best_of(sorted(searches, key=lambda s: s[:2]), beneath)

    def _best_of(
        self, searches: Sequence["_Begun"], beneath: Bounds | None
    ) -> _Found | None:
        """Return the best that any of these searches finds."""
        best: _Found | None = None
        for least, _, search, keeping in searches:
            below = best[0] if best else self.below
            if below is not None and least >= below:
                break
            found = search.cheapest(below)
            if found is not None:
                best = (*found, keeping)
            elif search.was_long and beneath is not None and below is None:
                # Perhaps there is no plan whoever serves: one proof for all of them.
                if Search(beneath.routes, beneath.domains, beneath).cheapest() is None:
                    self._impossible.add(id(beneath.routes))
                    return None
                beneath = None
        return best

    def _bounds(
        self,
        routes: Routes,
        finish: Mapping[str, tuple[int, int]],
        keeping: Keeping,
        beneath: Bounds | None = None,
    ) -> Bounds | None:
        starts = self.domains.of(routes, keeping)
        cut = self._cut if self.problem.told else None
        return self._bounds_of(routes, finish, starts, cut, beneath)

    def _bounds_of(
        self,
        routes: Routes,
        finish: Mapping[str, tuple[int, int]],
        domains: Mapping[str, Domain],
        cut: int | None = None,
        beneath: Bounds | None = None,
    ) -> Bounds | None:
        feasible = feasible_days(routes, domains)
        if feasible is None:
            return None
        return Bounds(
            routes=routes,
            domains=domains,
            trips=self.domains.trips,
            feasible=feasible,
            finish=finish,
            known=self._known,
            beneath=beneath,
            cut=cut,
        )

    def _finish(self, routes: Routes) -> dict[str, tuple[int, int]]:
        """Return what the finish costs at least, by the day of what leads to it.

        As a cost for each day, and what is added to that.
        """
        last, floor = self.last_treatment, self.domains.floor
        weight = self.problem.objective.weights["finish_day"]
        if last not in routes.graph.free:
            return {}
        return {
            key: (weight, weight * (routes.graph.gaps(key, last).least - floor))
            for key in routes.graph.free
            if last in routes.below(key)
        }

    def _keepings(self, *, may_change: bool) -> Iterator[Keeping]:
        weights = self.problem.objective.weights
        penalties = {group: weights[term] for group, term in PENALTIES.items()}
        keeps = self.problem.course.keeps
        # Whom a rule keeps throughout is chosen by the plan, if nobody was before.
        sought = (CHOSEN, *sorted(keeps - self.problem.kept.keys() - {CHOSEN}))
        others = {g: r for g, r in self.problem.kept.items() if g not in sought}
        for chosen in product(*(self._choices(group) for group in sought)):
            pairs = zip(sought, chosen, strict=True)
            mine = {group: who for group, who in pairs if who is not None}
            hard = {g: r for g, r in (others | mine).items() if g in keeps}
            yield Keeping(
                required=hard if may_change else mine | hard,
                preferred={**others, **mine},
                penalties=penalties,
                skill=weights["scarce_skills"],
            )

    def _choices(self, group: str) -> list[UUID | None]:
        kept = self.problem.kept.get(group)
        if kept is not None:
            return [kept]
        able: dict[UUID | None, None] = {}
        for key in self.days.free:
            visit = self.problem.visits[key]
            calendars = self.problem.calendars_of(visit)
            for _, needs in visit.parties:
                if any(need.continuity == group for need in needs):
                    found = candidates_for(calendars, needs)
                    able.update(dict.fromkeys(r.resource_id for r in found))
        return list(able) or [None]
