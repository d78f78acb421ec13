"""For every session of a course, the starts it could have and what each costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from uuid import UUID

import numpy as np

from scheduler.planning.bounding import Trips
from scheduler.planning.foreseeing import VERY_MUCH, Costs, flags_of
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.graph import CourseGraph, Pair
from scheduler.planning.options import Options, StartCosts, rank
from scheduler.planning.problem import CourseProblem
from scheduler.planning.ranked import Ranked
from scheduler.planning.relations import Domain, Option, Reach
from scheduler.planning.routes import Routes
from scheduler.planning.staffing import Keeping
from scheduler.planning.staying import Stays
from scheduler.planning.wanting import Wanted

# What makes two sessions alike: their kind, and for each group that they name who must
# and who should serve. Sessions of a kind have the same needs, minutes and demands, are
# held at the same site, and the patient comes there for all of them or for none.
_Shape = tuple[int, tuple[tuple[str, UUID | None, UUID | None], ...]]


@dataclass(frozen=True, slots=True)
class Pin:
    """A session that has its time, as another one looks at it."""

    pair: Pair
    option: Option
    is_first: bool

    def at(self, day: int) -> tuple[int | None, bool]:
        """Return what that day costs beside the pin, and whether clocks matter."""
        gap = day - self.option.day
        cost, timed = self.pair.at(gap if self.is_first else -gap)
        return cost, bool(timed)

    def judge(self, option: Option) -> int | None:
        """Return what that start costs beside the pin; None if it may not be."""
        if self.is_first:
            return self.pair.judge(self.option, option)
        return self.pair.judge(option, self.option)


@dataclass(frozen=True, slots=True)
class DayCosts:
    """What a day costs one session, whatever its clock says."""

    finish: int
    floor: int
    trip: int
    made_anyway: frozenset[int]

    def of(self, day: int) -> int:
        """Return the packed cost."""
        return self.finish * (day - self.floor) + (
            0 if day in self.made_anyway else self.trip
        )

    def roughly(self, cut: int, days: int) -> Costs:
        """Return the same for so many days, the lowest bits cut off."""
        passed = np.maximum(np.arange(days) - self.floor, 0)
        shift = self.finish.bit_length() - 1 - cut
        found = passed << shift if shift >= 0 else passed >> min(-shift, 62)
        if not self.finish:
            found[:] = 0
        if self.trip >> cut:
            found += self.trip >> cut
            found[[day for day in self.made_anyway if day < days]] -= self.trip >> cut
        return found


class SessionStarts:
    """The starts of one session, worked out for a day when first asked for."""

    def __init__(
        self,
        options: Options,
        wanted: Wanted,
        pins: Sequence[Pin],
        costs: DayCosts,
        reach: tuple[int, int],
    ) -> None:
        self._options = options
        self._wanted = wanted
        self._pins = pins
        self._costs = costs
        self._known: dict[int, Iterable[Option]] = {}
        self._cheapest: dict[int, Option | None] = {}
        self._reaches: dict[int, Reach | None] = {}
        self._rough: dict[int, Costs] = {}
        least, most = max(reach[0], 0), reach[1]
        near = ((1 << (most - least + 1)) - 1) << least if most >= least else 0
        self.days = wanted.among(options.days) & near
        if pins:
            for day in list(set_bits(self.days)):
                if any(pin.at(day)[0] is None for pin in pins):
                    self.days ^= 1 << day

    def roughly(self, cut: int) -> Costs:
        """Return a cost for every day that no start is below, its lowest bits cut."""
        if cut not in self._rough:
            self._rough[cut] = self._roughly(cut)
        return self._rough[cut]

    def _roughly(self, cut: int) -> Costs:
        found = self._options.roughly(cut).copy()
        found += self._wanted.surcharge >> cut
        told = self._wanted.told_start
        if told is not None:
            found[told.day] = 0
        for pin in self._pins:
            for day in set_bits(self.days):
                found[day] += (pin.at(day)[0] or 0) >> cut
        found += self._costs.roughly(cut, len(found))
        found[~flags_of(self.days, len(found))] = VERY_MUCH
        return found

    def cheapest(self, day: int) -> Option | None:
        """Return the cheapest start of a day, the earliest of several."""
        if day not in self._cheapest:
            self._cheapest[day] = self._find_cheapest(day)
        return self._cheapest[day]

    def _find_cheapest(self, day: int) -> Option | None:
        if not self.days >> day & 1:
            return None
        cost = self._costs.of(day) + self._wanted.surcharge
        for pin in self._pins:
            more, is_timed = pin.at(day)
            if is_timed or more is None:
                return next(iter(self.on(day)), None)
            cost += more
        if self._wanted.looks_at(day):
            return next(iter(self.on(day)), None)
        found = self._options.cheapest_on(day)
        return found and Option(day, found.start, found.end, found.cost + cost)

    def on(self, day: int) -> Iterable[Option]:
        """Return every start of a day, cheapest first."""
        if day not in self._known:
            self._known[day] = self._every(day) if self.days >> day & 1 else ()
        return self._known[day]

    def reach(self, day: int) -> Reach | None:
        """Return the first and the last start of a day, if it has any."""
        if day not in self._reaches:
            self._reaches[day] = self._reach(day) if self.days >> day & 1 else None
        return self._reaches[day]

    def _reach(self, day: int) -> Reach | None:
        if not self._pins and not self._wanted.looks_at(day):
            return self._options.reach(day)
        starts = list(self.on(day))
        if not starts:
            return None
        by_time = attrgetter("start")
        return Reach(min(starts, key=by_time), max(starts, key=by_time))

    def _every(self, day: int) -> Iterable[Option]:
        more = self._costs.of(day)
        if not self._pins and not self._wanted.looks_at(day):
            more += self._wanted.surcharge
            options = iter(self._options.on(day))
            return Ranked(o._replace(cost=o.cost + more) for o in options)
        found: list[Option] = []
        for option in self._wanted.of(self._options.on(day), day):
            cost: int | None = option.cost + more
            for pin in self._pins:
                beside = pin.judge(option)
                cost = None if cost is None or beside is None else cost + beside
            if cost is not None:
                found.append(option._replace(cost=cost))
        return tuple(sorted(found, key=rank))


@dataclass
class Domains:
    """The starts of one problem's sessions, shared wherever sessions are alike.

    `last_treatment` names the session whose day is the finish of the course.
    """

    problem: CourseProblem
    free: FreeTimes
    floor: int
    pinned: dict[str, Option]
    last_treatment: str
    _costs: StartCosts = field(init=False)
    _numbers: dict[object, int] = field(init=False, default_factory=dict)
    _kinds: dict[str, tuple[int, tuple[str, ...]]] = field(
        init=False, default_factory=dict
    )
    _known: dict[_Shape, Options] = field(init=False, default_factory=dict)
    _wishes: dict[tuple[str, _Shape], Wanted] = field(init=False, default_factory=dict)
    _asked: dict[tuple[int, str, _Shape], Domain] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        problem = self.problem
        self._costs = StartCosts(
            self.free, problem.preferences, problem.objective.weights
        )
        weight = problem.objective.weights["trips"]
        self.trips = Trips(weight, self._trips_made())

    def of(self, routes: Routes, keeping: Keeping) -> dict[str, Domain]:
        """Return the starts of every session to be placed."""
        return {k: self._domain(k, routes, keeping) for k in routes.graph.free}

    def _trips_made(self) -> dict[str, frozenset[int]]:
        """Return on which days the patient comes anyway, for each session to place."""
        problem = self.problem
        days: dict[str, set[int]] = {}
        for key, option in self.pinned.items():
            if problem.travels(key):
                days.setdefault(problem.place_of(key), set()).add(option.day)
        return {
            key: frozenset(days.get(problem.place_of(key), ()))
            for key in problem.visits
            if days and key not in self.pinned
        }

    def staying(self, routes: Routes, keeping: Keeping) -> dict[str, Domain]:
        """Return the same with the told start alone wherever that is possible."""
        found: dict[str, Domain] = {}
        for key in routes.graph.free:
            start = self._told_start(key, routes, keeping)
            if start is None:
                found[key] = self._domain(key, routes, keeping)
            else:
                found[key] = Stays(start, self.free.timeline.days)
        return found

    def _told_start(self, key: str, routes: Routes, keeping: Keeping) -> Option | None:
        """Return the told start with all that it costs, if it is still possible."""
        wanted = self._wanted(key, keeping)
        start = wanted.told_start
        least, most = self._reach(routes.graph, key)
        if start is None or not max(least, 0) <= start.day <= most:
            return None
        if not wanted.allows(start):
            return None
        cost = start.cost + self._day_costs(key, routes).of(start.day)
        for pin in self._pins(key, routes.graph):
            beside = pin.judge(start)
            if beside is None:
                return None
            cost += beside
        return start._replace(cost=cost)

    def _domain(self, key: str, routes: Routes, keeping: Keeping) -> Domain:
        asked = id(routes), key, self._shape(key, keeping)
        if asked not in self._asked:
            self._asked[asked] = SessionStarts(
                options=self._options(key, keeping),
                wanted=self._wanted(key, keeping),
                pins=self._pins(key, routes.graph),
                costs=self._day_costs(key, routes),
                reach=self._reach(routes.graph, key),
            )
        return self._asked[asked]

    def _wanted(self, key: str, keeping: Keeping) -> Wanted:
        about = key, self._shape(key, keeping)
        if about not in self._wishes:
            self._wishes[about] = Wanted(
                self.problem, self.free, self._costs, key, keeping
            )
        return self._wishes[about]

    def _pins(self, key: str, graph: CourseGraph) -> list[Pin]:
        return [
            Pin(pair, self.pinned[other], pair.second == key)
            for other, pair in graph.neighbors(key).items()
            if other in graph.pinned
        ]

    def _day_costs(self, key: str, routes: Routes) -> DayCosts:
        travels_alone = self.problem.travels(key) and key not in routes.sharing
        weights = self.problem.objective.weights
        return DayCosts(
            weights["finish_day"] if key == self.last_treatment else 0,
            self.floor,
            self.trips.cost if travels_alone else 0,
            self.trips.made(key),
        )

    def _reach(self, graph: CourseGraph, key: str) -> tuple[int, int]:
        least, most = graph.days(key)
        return least, min(most, self.free.timeline.days - 1)

    def _shape(self, key: str, keeping: Keeping) -> _Shape:
        if key not in self._kinds:
            self._kinds[key] = self._kind(key)
        kind, groups = self._kinds[key]
        required, preferred = keeping.required, keeping.preferred
        return kind, tuple((g, required.get(g), preferred.get(g)) for g in groups)

    def _kind(self, key: str) -> tuple[int, tuple[str, ...]]:
        """Return a number that alike sessions share, and the groups that they name."""
        visit, demand = self.problem.visits[key], self.problem.demanded(key)
        serving = tuple(sorted(demand.serving.items()))
        where = visit.site, self.problem.place_of(key)
        alike = visit.needs, visit.patient_minutes, serving, demand.not_served_by, where
        number = self._numbers.setdefault(alike, len(self._numbers))
        named = {g for n in visit.needs for g in (n.continuity, n.apart_from)}
        return number, tuple(sorted(named - {""}))

    def _options(self, key: str, keeping: Keeping) -> Options:
        shape = self._shape(key, keeping)
        if shape not in self._known:
            demand = self.problem.demanded(key)
            self._known[shape] = Options(
                self.problem.visits[key],
                self._costs,
                replace(keeping, never=demand.not_served_by),
                self.free.timeline.ceil(self.problem.not_before),
                demand.serving,
            )
        return self._known[shape]
