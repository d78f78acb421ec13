"""From a course problem to its best plan, or to the proof that there is none.

The objective is lexicographic, so what ranks highest is settled first: a plan that
breaks no soft window and changes no therapist is looked for alone, and only when
there is none may therapists change, and only then may windows be left. Each of these
searches is exhaustive, so the first that finds a plan has found the optimum.
"""

from collections.abc import Iterator
from functools import partial
from itertools import permutations
from uuid import UUID

from courses.errors import Refusal
from scheduler.planning.checker import check_plan
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.domains import Domains, NoStart
from scheduler.planning.explaining import no_plan
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.graph import CourseGraph
from scheduler.planning.ordering import layers_of
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.ranging import CourseDays
from scheduler.planning.relations import Option
from scheduler.planning.searching import Search
from scheduler.planning.staffing import Keeping, candidates_for, parties_of
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
    free = FreeTimes(problem.calendars)
    try:
        plan = best_plan(problem, free)
    except SearchTooLong:
        return NoPlan(refusals=(_GAVE_UP,))
    return plan or no_plan(problem, free, partial(best_plan, free=free))


def best_plan(problem: CourseProblem, free: FreeTimes | None = None) -> Plan | None:
    """Return the optimum, or None when there is no plan. Raises SearchTooLong.

    `free` spares working out the free times of the problem's calendars again.
    """
    return _Planner(problem, free or FreeTimes(problem.calendars)).plan()


class _Planner:
    def __init__(self, problem: CourseProblem, free: FreeTimes) -> None:
        self.problem = problem
        self.free = free
        pinned = {key: self._pin(key) for key in problem.pinned}
        self.days = CourseDays(
            course=problem.course,
            free=tuple(
                session.key
                for session in problem.course.sessions
                if session.key in problem.visits and session.key not in pinned
            ),
            pinned=pinned,
            not_before=problem.not_before.astimezone(problem.calendars.zone).date(),
            preferences=problem.preferences,
            objective=problem.objective,
            tails=tails_of(problem),
        )
        self.domains = Domains(problem, self.free, self.days.floor)

    def _pin(self, key: str) -> Option:
        line, placed = self.free.timeline, self.problem.pinned[key]
        start, end = line.floor(placed.starts_at), line.ceil(placed.ends_at)
        return Option(placed.on.toordinal(), start, end, 0)

    def plan(self) -> Plan | None:
        for slack, may_change in self._relaxations():
            graph = self.days.graph(slack, self.problem.calendars.last_on)
            if graph.is_contradictory:
                continue
            found = self._cheapest(graph, may_change=may_change)
            if found is not None:
                packed, starts, keeping = found
                plan = told_plan(self.problem, self.free, packed, starts, keeping)
                check_plan(self.problem, plan)
                return plan
        return None

    def _relaxations(self) -> Iterator[tuple[int, bool]]:
        """Yield how far soft rules may be left: windows by days, the therapist."""
        slack, order = self.problem.slack_days, self.problem.objective.order
        if order[:2] == ("broken_windows", "days_outside"):
            if order[2:3] == ("other_therapist",):
                yield 0, False
            yield 0, True
        if slack:
            yield slack, True

    def _cheapest(
        self, graph: CourseGraph, *, may_change: bool
    ) -> tuple[int, dict[str, Option], Keeping] | None:
        layers, trips = layers_of(graph), self.domains.trips(graph)
        searches: list[tuple[int, int, Search, Keeping]] = []
        for number, keeping in enumerate(self._keepings(may_change=may_change)):
            try:
                domains = self.domains.of(graph, keeping, trips)
            except NoStart as missing:
                if self.domains.is_kept(missing.key):
                    continue
                # Nobody's choice changes that, so the others needn't be tried.
                return None
            search = Search(graph, layers, domains, trips)
            if search.bounds.least is not None:
                searches.append((search.bounds.least, number, search, keeping))
        best: tuple[int, dict[str, Option], Keeping] | None = None
        for least, _, search, keeping in sorted(searches, key=lambda s: s[:2]):
            if best is not None and least >= best[0]:
                break
            found = search.cheapest(below=best[0] if best else None)
            if found is not None:
                best = (*found, keeping)
        return best

    def _keepings(self, *, may_change: bool) -> Iterator[Keeping]:
        weights = self.problem.objective.weights
        penalties = {group: weights[term] for group, term in PENALTIES.items()}
        others = {g: r for g, r in self.problem.kept.items() if g != CHOSEN}
        for chosen in self._choices():
            mine = {} if chosen is None else {CHOSEN: chosen}
            yield Keeping(
                required=self._required(mine, others, may_change=may_change),
                preferred={**others, **mine},
                penalties=penalties,
                skill=weights["scarce_skills"],
            )

    def _required(
        self, mine: dict[str, UUID], others: dict[str, UUID], *, may_change: bool
    ) -> dict[str, UUID]:
        keeps = self.problem.course.keeps
        required = {g: r for g, r in others.items() if g in keeps}
        if not may_change or CHOSEN in keeps:
            required |= mine
        return required

    def _choices(self) -> list[UUID | None]:
        kept = self.problem.kept.get(CHOSEN)
        if kept is not None:
            return [kept]
        able: dict[UUID | None, None] = {}
        for key in self.days.free:
            for _, needs in parties_of(self.problem.visits[key]):
                if any(need.continuity == CHOSEN for need in needs):
                    found = candidates_for(self.problem.calendars, needs)
                    able.update(dict.fromkeys(r.resource_id for r in found))
        return list(able) or [None]


def tails_of(problem: CourseProblem) -> dict[tuple[str, str], int]:
    """Return how long each session's claims outlast it, where that can bar another."""
    able = {
        key: {
            resource.resource_id
            for _, needs in parties_of(visit)
            for resource in candidates_for(problem.calendars, needs)
        }
        for key, visit in problem.visits.items()
        if key not in problem.pinned
    }
    return {
        (one, other): problem.visits[one].reach - problem.visits[one].patient_minutes
        for one, other in permutations(able, 2)
        if able[one] & able[other]
    }
