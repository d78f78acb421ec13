"""For every session of a course, the starts it could have and what each costs."""

from bisect import bisect_right
from dataclasses import dataclass, field
from uuid import UUID

from scheduler.planning.bounding import Domain, Trips
from scheduler.planning.calendar import Need
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.graph import CourseGraph, Pair
from scheduler.planning.narrowing import (
    ClockDemand,
    demand_of,
    waits_until,
    worth_keeping,
)
from scheduler.planning.options import Options, StartCosts
from scheduler.planning.problem import TREATMENT, CourseProblem
from scheduler.planning.relations import Option
from scheduler.planning.staffing import Keeping

# What makes two sessions alike: needs, minutes, and who must or should serve.
_Shape = tuple[tuple[Need, ...], int, tuple[tuple[str, UUID | None, UUID | None], ...]]
# One session of one graph, its shape, and from when on it may follow others.
_Asked = tuple[int, str, _Shape, int | None, frozenset[int]]
# Stands for a session whose starts are being found.
UNKNOWN: Domain = {}


class NoStart(Exception):
    """A session has no start on any of its days."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass
class Domains:
    """The starts of one problem's sessions, shared wherever sessions are alike."""

    problem: CourseProblem
    free: FreeTimes
    floor: int
    _costs: StartCosts = field(init=False)
    _known: dict[_Shape, Options] = field(init=False, default_factory=dict)
    _asked: dict[_Asked, Domain] = field(init=False, default_factory=dict)
    _graphs: list[CourseGraph] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        problem = self.problem
        self._costs = StartCosts(
            self.free, problem.preferences, problem.objective.weights
        )

    def of(
        self, graph: CourseGraph, keeping: Keeping, trips: Trips
    ) -> dict[str, Domain]:
        """Return the starts of every session to be placed, by session and day.

        Raises NoStart for a session that has none; sessions that depend on nobody's
        choice come first.
        """
        found: dict[str, Domain] = {}
        for key in sorted(graph.free, key=self.is_kept):
            self._narrowed(key, graph, keeping, trips, found)
            if not found[key]:
                raise NoStart(key)
        return found

    def is_kept(self, key: str) -> bool:
        """Tell whether whom the course keeps matters to a session."""
        return any(need.continuity for need in self.problem.visits[key].needs)

    def _narrowed(
        self,
        key: str,
        graph: CourseGraph,
        keeping: Keeping,
        trips: Trips,
        found: dict[str, Domain],
    ) -> None:
        """Find a session's starts after those of the sessions it waits for."""
        if key in found:
            return
        found[key] = UNKNOWN
        demand = self._demand(graph, key)
        thresholds: set[int] = set()
        for relation in demand.waits:
            self._narrowed(relation.first, graph, keeping, trips, found)
            if found[relation.first] is UNKNOWN:
                # Two sessions that wait for each other: keep every start of this one.
                demand = ClockDemand(enough=None)
                break
            thresholds.update(waits_until(relation, found[relation.first]))
        shape = self._shape(key, keeping)
        asked = (id(graph), key, shape, demand.enough, frozenset(thresholds))
        if asked not in self._asked:
            # Keeping the graph keeps its id from being given to another one.
            self._graphs.append(graph)
            self._asked[asked] = self._domain(
                key, graph, keeping, trips, demand, sorted(thresholds)
            )
        found[key] = self._asked[asked]

    def _demand(self, graph: CourseGraph, key: str) -> ClockDemand:
        def minutes(other: str) -> int:
            return self.problem.visits[other].patient_minutes

        return demand_of(graph, key, minutes, self.problem.calendars.grid_minutes)

    def trips(self, graph: CourseGraph) -> Trips:
        """Return which sessions may spare the patient a trip by sharing a day."""
        travelling = [key for key in graph.free if self._travels(key)]
        sharing = {
            key: frozenset(
                other
                for other in travelling
                if other != key and graph.may_share_day(key, other)
            )
            for key in travelling
        }
        made = {o.day for key, o in graph.pinned.items() if self._travels(key)}
        return Trips(
            cost=self.problem.objective.weights["trips"],
            sharing={key: others for key, others in sharing.items() if others},
            made_anyway=frozenset(made),
        )

    def _travels(self, key: str) -> bool:
        visit = self.problem.visits.get(key)
        return visit is None or not visit.is_remote

    def _domain(  # noqa: PLR0917
        self,
        key: str,
        graph: CourseGraph,
        keeping: Keeping,
        trips: Trips,
        demand: ClockDemand,
        thresholds: list[int],
    ) -> Domain:
        line = self.free.timeline
        first, last = line.first_on.toordinal(), line.last_on.toordinal()
        least, most = graph.days(key)
        options = self._options(key, keeping)
        pins = [
            (pair, graph.pinned[other], pair.second == key)
            for other, pair in graph.neighbors(key).items()
            if other in graph.pinned
        ]
        # One start a day is enough where no neighbor looks at the clock.
        is_free = demand == ClockDemand() and not pins
        on = options.cheapest_on if is_free else options.on
        alone = self._travels(key) and key not in trips.sharing
        domain: dict[int, tuple[Option, ...]] = {}
        for day in range(max(least, first), min(most, last) + 1):
            found = _beside_pinned(pins, on(day)) if pins else on(day)
            if not found:
                continue
            extra = self._finish(key, day)
            if alone and day not in trips.made_anyway:
                extra += trips.cost
            kept = worth_keeping(found, demand, _within(thresholds, found))
            domain[day] = tuple(o._replace(cost=o.cost + extra) for o in kept)
        return domain

    def _shape(self, key: str, keeping: Keeping) -> _Shape:
        visit = self.problem.visits[key]
        groups = sorted({need.continuity for need in visit.needs} - {""})
        people = tuple(
            (group, keeping.required.get(group), keeping.preferred.get(group))
            for group in groups
        )
        return visit.needs, visit.patient_minutes, people

    def _options(self, key: str, keeping: Keeping) -> Options:
        shape = self._shape(key, keeping)
        if shape not in self._known:
            visit = self.problem.visits[key]
            not_before = self.free.timeline.ceil(self.problem.not_before)
            self._known[shape] = Options(visit, self._costs, keeping, not_before)
        return self._known[shape]

    def _finish(self, key: str, day: int) -> int:
        weight = self.problem.objective.weights["finish_day"]
        return weight * (day - self.floor) if key == self.last_treatment else 0

    @property
    def last_treatment(self) -> str:
        """Return the last session of the treatment proper, in the course's order."""
        treatment = [
            session.key
            for session in self.problem.course.sessions
            if session.kind in TREATMENT
            and (
                session.key in self.problem.visits or session.key in self.problem.pinned
            )
        ]
        return treatment[-1] if treatment else ""


def _within(thresholds: list[int], options: tuple[Option, ...]) -> list[int]:
    """Return the thresholds that set some of a day's starts apart from others."""
    if not thresholds:
        return thresholds
    first = min(option.start for option in options)
    last = max(option.start for option in options)
    return thresholds[bisect_right(thresholds, first) : bisect_right(thresholds, last)]


def _beside_pinned(
    pins: list[tuple[Pair, Option, bool]], options: tuple[Option, ...]
) -> tuple[Option, ...]:
    found: list[Option] = []
    for option in options:
        total: int | None = option.cost
        for pair, pin, is_second in pins:
            cost = pair.judge(pin, option) if is_second else pair.judge(option, pin)
            total = None if cost is None or total is None else total + cost
        if total is not None:
            found.append(option._replace(cost=total))
    return tuple(sorted(found, key=lambda option: (option.cost, option.start)))
