"""For every session of a course, the starts it could have and what each costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from scheduler.planning.bounding import Trips
from scheduler.planning.calendar import Need
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.graph import CourseGraph, Pair
from scheduler.planning.options import Options, StartCosts
from scheduler.planning.problem import TREATMENT, CourseProblem
from scheduler.planning.relations import Domain, Option
from scheduler.planning.staffing import Keeping
from scheduler.planning.wanting import Wanted

# What makes two sessions alike: needs, minutes, and who must, should or may not serve.
_Shape = tuple[
    tuple[Need, ...],
    int,
    tuple[tuple[str, UUID | None, UUID | None], ...],
    tuple[tuple[str, UUID], ...],
    frozenset[UUID],
]
_Pins = list[tuple[Pair, Option, bool]]


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
    _asked: dict[tuple[CourseGraph, str, _Shape], Domain] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        problem = self.problem
        self._costs = StartCosts(
            self.free, problem.preferences, problem.objective.weights
        )

    def of(
        self, graph: CourseGraph, keeping: Keeping, trips: Trips
    ) -> dict[str, Domain]:
        """Return the starts of every session to be placed.

        Raises NoStart for a session that has none; sessions that depend on nobody's
        choice come first.
        """
        found: dict[str, Domain] = {}
        for key in sorted(graph.free, key=self.is_kept):
            asked = graph, key, self._shape(key, keeping)
            if asked not in self._asked:
                self._asked[asked] = self._domain(key, graph, keeping, trips)
            found[key] = self._asked[asked]
            if not found[key].cheapest:
                raise NoStart(key)
        return found

    def is_kept(self, key: str) -> bool:
        """Tell whether whom the course keeps matters to a session."""
        return any(need.continuity for need in self.problem.visits[key].needs)

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

    def _domain(
        self, key: str, graph: CourseGraph, keeping: Keeping, trips: Trips
    ) -> Domain:
        line = self.free.timeline
        least, most = graph.days(key)
        first = max(least, line.first_on.toordinal())
        last = min(most, line.last_on.toordinal())
        options = self._options(key, keeping)
        pins = [
            (pair, graph.pinned[other], pair.second == key)
            for other, pair in graph.neighbors(key).items()
            if other in graph.pinned
        ]
        more = self._costs_of_days(key, trips)
        wanted = Wanted(self.problem, self.free, key, keeping)

        def every(day: int) -> tuple[Option, ...]:
            found = _beside_pinned(pins, wanted.of(options.on(day), day))
            return tuple(o._replace(cost=o.cost + more(day)) for o in found)

        def cheapest(day: int) -> Option | None:
            if pins or wanted.looks_at(day):
                return next(iter(every(day)), None)
            found = options.cheapest_on(day)
            cost = more(day) + wanted.surcharge
            return found and found._replace(cost=found.cost + cost)

        days = {
            day: cheapest(day) for day in range(first, last + 1) if wanted.allows(day)
        }
        return Domain({day: o for day, o in days.items() if o is not None}, every)

    def _costs_of_days(self, key: str, trips: Trips) -> Callable[[int], int]:
        """Return what a day costs a session, whatever its clock says."""
        finish = self.problem.objective.weights["finish_day"]
        is_last = key == self.last_treatment
        travels_alone = self._travels(key) and key not in trips.sharing

        def of(day: int) -> int:
            cost = finish * (day - self.floor) if is_last else 0
            if travels_alone and day not in trips.made_anyway:
                cost += trips.cost
            return cost

        return of

    def _shape(self, key: str, keeping: Keeping) -> _Shape:
        visit = self.problem.visits[key]
        groups = sorted({need.continuity for need in visit.needs} - {""})
        people = tuple(
            (group, keeping.required.get(group), keeping.preferred.get(group))
            for group in groups
        )
        demand = self.problem.demanded(key)
        serving = tuple(sorted(demand.serving.items()))
        never = demand.not_served_by
        return visit.needs, visit.patient_minutes, people, serving, never

    def _options(self, key: str, keeping: Keeping) -> Options:
        shape = self._shape(key, keeping)
        if shape not in self._known:
            visit = self.problem.visits[key]
            not_before = self.free.timeline.ceil(self.problem.not_before)
            demand = self.problem.demanded(key)
            self._known[shape] = Options(
                visit,
                self._costs,
                replace(keeping, never=demand.not_served_by),
                not_before,
                demand.serving,
            )
        return self._known[shape]

    @cached_property
    def last_treatment(self) -> str:
        """Return the last session of the treatment proper, in the course's order."""
        placed: Mapping[str, object] = {**self.problem.visits, **self.problem.pinned}
        treatment = [
            session.key
            for session in self.problem.course.sessions
            if session.kind in TREATMENT and session.key in placed
        ]
        return treatment[-1] if treatment else ""


def _beside_pinned(pins: _Pins, options: tuple[Option, ...]) -> tuple[Option, ...]:
    if not pins:
        return options
    found: list[Option] = []
    for option in options:
        total: int | None = option.cost
        for pair, pin, is_second in pins:
            cost = pair.judge(pin, option) if is_second else pair.judge(option, pin)
            total = None if cost is None or total is None else total + cost
        if total is not None:
            found.append(option._replace(cost=total))
    return tuple(sorted(found, key=lambda option: (option.cost, option.start)))
