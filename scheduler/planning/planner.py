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
from scheduler.planning.free_time import free_times, longest_tick
from scheduler.planning.naming import (
    course_days,
    last_treatment,
    with_keys_again,
    with_short_keys,
)
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.ranging import shared, short_names
from scheduler.planning.relations import Option
from scheduler.planning.routes import Routes
from scheduler.planning.searching import Search
from scheduler.planning.staffing import (
    ANYBODY,
    Keeping,
    candidates_for,
)
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
    names = short_names(problem.course)
    found = _Planner(with_short_keys(problem, names)).plan()
    if found is None:
        return None
    plan = with_keys_again(found, names)
    check_plan(problem, plan)
    return plan


class _Begun(NamedTuple):
    """The search for a course with one therapist, and what it can't fall below."""

    least: int
    number: int
    search: Search
    keeping: Keeping


class _Planner:
    def __init__(self, problem: CourseProblem) -> None:
        self.problem = problem
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
            routes = self.days.routes(slack, self.free.timeline.days - 1)
            if routes is None or id(routes) in self._impossible:
                continue
            found = self._cheapest(routes, may_change=may_change)
            if found is not None:
                return told_plan(self.problem, self.free, *found)
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

    def _cheapest(
        self, routes: Routes, *, may_change: bool
    ) -> tuple[int, dict[str, Option], Keeping] | None:
        keepings = list(self._keepings(may_change=may_change))
        finish = self._finish(routes)
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
    ) -> tuple[int, dict[str, Option], Keeping] | None:
        """Return the best that any of these searches finds."""
        best: tuple[int, dict[str, Option], Keeping] | None = None
        for least, _, search, keeping in searches:
            if best is not None and least >= best[0]:
                break
            found = search.cheapest(below=best[0] if best else None)
            if found is not None:
                best = (*found, keeping)
            elif search.was_long and beneath is not None and best is None:
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
        domains = self.domains.of(routes, keeping)
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
