"""Every start that a session could have, and its staffing, found by counting minutes.

One array of free minutes for each unit, and every way to staff a visit tried for all
starts at once. It shares nothing with the planner but the plain values.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, combinations, product
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.calendar import Need, ResourceCalendar, Visit
from scheduler.planning.problem import CourseProblem, Demand
from tests.scheduler.planning.course_rules import free_keys
from tests.scheduler.planning.small_clinics import wall
from tests.scheduler.planning.two_sites import (
    grid_of,
    minutes_between,
    patient_at,
    resources_at,
    site_of,
)

MINUTE = timedelta(minutes=1)
PEOPLE = ("other_therapist", "other_prescriber", "restaffed", "scarce_skills")
# Each of these terms stays below this in one visit.
BASE = 64
IMPOSSIBLE = BASE**5

Minutes = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Whom the course keeps beside those that it names: group by group, one for each.
Main = tuple[tuple[str, UUID], ...]


@dataclass(frozen=True)
class Starts:
    """The starts of one session in order, and what each costs by itself.

    `people` has the cost of the best staffing, for each choice of whom to keep.
    """

    minutes: Minutes
    days: Minutes
    missed: Minutes
    is_news: Flags
    people: Mapping[Main, Minutes]


class Clock:
    """The minutes of a problem's calendars, counted from the first local midnight."""

    def __init__(self, problem: CourseProblem) -> None:
        calendars = problem.calendars
        count = (calendars.last_on - calendars.first_on).days + 2
        self.origin = wall(calendars.first_on, 0)
        self.midnights = np.array(
            [
                (wall(calendars.first_on + timedelta(days=n), 0) - self.origin)
                // MINUTE
                for n in range(count)
            ]
        )

    @property
    def minutes(self) -> int:
        return int(self.midnights[-1])

    def floor(self, instant: datetime) -> int:
        return (instant - self.origin) // MINUTE

    def ceil(self, instant: datetime) -> int:
        return -((self.origin - instant) // MINUTE)

    def days_of(self, minutes: Minutes) -> Minutes:
        return np.searchsorted(self.midnights, minutes, side="right") - 1

    def grid(self, step: int) -> Minutes:
        return np.concatenate(
            [
                np.arange(begin, end, step)
                for begin, end in zip(self.midnights, self.midnights[1:], strict=False)
            ]
        )


class PossibleStarts:
    """The starts of every session of one problem that is to be placed."""

    def __init__(self, problem: CourseProblem) -> None:
        self.problem = problem
        self.clock = Clock(problem)
        self._counts: dict[tuple[UUID, str, int], Minutes] = {}
        self._known: dict[object, Mapping[Main, Minutes]] = {}

    @cached_property
    def mains(self) -> list[Main]:
        """Everybody who could be the course's therapist, and serve all of a kept group.

        Whom the course names already stays.
        """
        groups = {"therapist", *self.problem.course.keeps} - self.problem.kept.keys()
        ways: list[list[Main]] = [
            [((group, who),) for who in self._able_to_lead(group)] or [()]
            for group in sorted(groups)
        ]
        return [tuple(chain.from_iterable(way)) for way in product(*ways)]

    def _able_to_lead(self, group: str) -> list[UUID]:
        return [
            resource.resource_id
            for resource in self.problem.calendars.resources
            if any(
                self._is_at(resource, self.problem.visits[key])
                and need.continuity == group
                and is_able(resource, needs)
                for key in free_keys(self.problem)
                for needs in parties(self.problem.visits[key]).values()
                for need in needs
            )
        ]

    def _is_at(self, resource: ResourceCalendar, visit: Visit) -> bool:
        own = resource.resource_id
        return any(own == r.resource_id for r in resources_at(self.problem, visit))

    def of(self, key: str) -> Starts:
        """Every start of one session, whoever is kept."""
        problem, visit = self.problem, self.problem.visits[key]
        grid = self.clock.grid(grid_of(problem, visit))
        found = self._with_people(key, self._allowed(key, grid), {})
        told = problem.told.get(key)
        if told is None:
            return self._priced(key, found)
        at = np.array([self.clock.floor(told.placement.starts_at)])
        there = self._with_people(key, self._allowed(key, at), told.serving)
        is_other = found[0] != at[0]
        minutes = np.concatenate([found[0][is_other], there[0]])
        order = np.argsort(minutes)
        people = {
            main: np.concatenate([costs[is_other], there[1][main]])[order]
            for main, costs in found[1].items()
        }
        assert visit.key == key
        return self._priced(key, (minutes[order], people))

    def _priced(
        self, key: str, found: tuple[Minutes, Mapping[Main, Minutes]]
    ) -> Starts:
        minutes, people = found
        told = self.problem.told.get(key)
        at = None if told is None else self.clock.floor(told.placement.starts_at)
        return Starts(
            minutes=minutes,
            days=self.clock.days_of(minutes),
            missed=self._missed(self.problem.visits[key], minutes),
            is_news=np.full(len(minutes), at is not None) & (minutes != at),
            people=people,
        )

    def _allowed(self, key: str, minutes: Minutes) -> Minutes:
        """Which of the minutes everything but the staffing allows."""
        problem, clock, visit = self.problem, self.clock, self.problem.visits[key]
        demand = problem.demanded(key)
        session = next(s for s in problem.course.sessions if s.key == key)
        kept = (minutes >= max(clock.ceil(problem.not_before), 0)) & (
            minutes + visit.reach <= clock.minutes
        )
        minutes = minutes[kept]
        days = clock.days_of(minutes)
        ends = minutes + visit.patient_minutes
        kept = ends <= clock.midnights[days + 1]
        dates = [problem.calendars.first_on + timedelta(days=int(day)) for day in days]
        is_day_kept = [
            on >= problem.first_day
            and on >= (session.earliest_on or on)
            and on <= (session.latest_on or on)
            and demand.on in (None, on)
            and on not in demand.not_on
            for on in dates
        ]
        kept &= np.array(is_day_kept, dtype=bool)
        place = patient_at(problem, key)
        for begin, end, other in problem.calendars.patient_busy:
            way = np.full(len(days), minutes_between(problem, place, other))
            # What is on another day is far enough away in time.
            way[days != clock.days_of(np.array([clock.floor(begin)]))[0]] = 0
            kept &= (ends + way <= clock.floor(begin)) | (
                minutes >= clock.ceil(end) + way
            )
        if demand.starts_at is not None:
            kept &= minutes == clock.floor(demand.starts_at)
        return minutes[kept]

    def _with_people(
        self, key: str, minutes: Minutes, told: Mapping[str, UUID]
    ) -> tuple[Minutes, Mapping[Main, Minutes]]:
        people = self._people(key, minutes, told)
        some = np.zeros(len(minutes), dtype=bool)
        for costs in people.values():
            some |= costs < IMPOSSIBLE
        return minutes[some], {main: costs[some] for main, costs in people.items()}

    def _people(
        self, key: str, minutes: Minutes, told: Mapping[str, UUID]
    ) -> Mapping[Main, Minutes]:
        visit, demand = self.problem.visits[key], self.problem.demanded(key)
        same = (
            visit.needs,
            site_of(self.problem, visit),
            minutes.tobytes(),
            tuple(sorted(told.items())),
            tuple(sorted(demand.serving.items())),
            demand.not_served_by,
        )
        if same not in self._known:
            self._known[same] = self._counted(visit, demand, minutes, told)
        return self._known[same]

    def _counted(
        self, visit: Visit, demand: Demand, minutes: Minutes, told: Mapping[str, UUID]
    ) -> Mapping[Main, Minutes]:
        best = {main: np.full(len(minutes), IMPOSSIBLE) for main in self.mains}
        able = [
            list(self._able(visit, party, demand, minutes)) for party in parties(visit)
        ]
        for chosen in product(*able):
            if len({one[1].resource_id for one in chosen}) < len(chosen):
                continue
            free = np.ones(len(minutes), dtype=bool)
            for *_, flags in chosen:
                free &= flags
            if not free.any():
                continue
            serving = {party: resource for party, resource, _ in chosen}
            for main, costs in best.items():
                cost = self._cost(visit, serving, main, told)
                if cost is not None:
                    costs[free] = np.minimum(costs[free], cost)
        return best

    def _able(
        self, visit: Visit, party: str, demand: Demand, minutes: Minutes
    ) -> Iterator[tuple[str, ResourceCalendar, Flags]]:
        needs, site = parties(visit)[party], site_of(self.problem, visit)
        for resource in resources_at(self.problem, visit):
            own = resource.resource_id
            if own in demand.not_served_by or demand.serving.get(party, own) != own:
                continue
            if is_able(resource, needs):
                flags = self._is_free(resource, site, needs, minutes)
                if flags.any():
                    yield party, resource, flags

    def _is_free(
        self,
        resource: ResourceCalendar,
        site: str,
        needs: Sequence[Need],
        minutes: Minutes,
    ) -> Flags:
        found = np.zeros(len(minutes), dtype=bool)
        ways = [list(combinations(range(resource.capacity), n.units)) for n in needs]
        for given in product(*ways):
            if not is_one_unit_used_twice(needs, given):
                found |= self.is_free_with(resource, site, needs, given, minutes)
        return found

    def is_free_with(
        self,
        resource: ResourceCalendar,
        site: str,
        needs: Sequence[Need],
        given: Sequence[tuple[int, ...]],
        minutes: Minutes,
    ) -> Flags:
        """At which minutes a visit can begin that has these units for its needs."""
        is_valid = np.ones(len(self.clock.midnights), dtype=bool)
        for need in needs:
            is_valid &= self._valid(resource, need.capability)
        free = is_valid[self.clock.days_of(minutes)]
        for need, units in zip(needs, given, strict=True):
            for unit in units:
                counts = self._free_minutes(resource, site, unit)
                begin = minutes + need.starts_after
                end = begin + need.minutes
                free &= counts[end] - counts[begin] == need.minutes
        return free

    def _valid(self, resource: ResourceCalendar, capability: str) -> Flags:
        first_on = self.problem.calendars.first_on
        days = [first_on + timedelta(days=n) for n in range(len(self.clock.midnights))]
        spans = resource.capabilities[capability]
        return np.array(
            [
                any((f is None or f <= on) and (u is None or on <= u) for f, u in spans)
                for on in days
            ]
        )

    def _free_minutes(
        self, resource: ResourceCalendar, site: str, unit: int
    ) -> Minutes:
        """How many free minutes of a unit lie before each minute."""
        key = resource.resource_id, site, unit
        if key not in self._counts:
            clock = self.clock
            free = np.zeros(clock.minutes, dtype=bool)
            for begin, end in resource.open:
                free[max(clock.ceil(begin), 0) : max(clock.floor(end), 0)] = True
            taken = [busy[1:] for busy in resource.busy if busy.unit == unit]
            for begin, end in (*resource.closed, *taken):
                free[max(clock.floor(begin), 0) : max(clock.ceil(end), 0)] = False
            self._counts[key] = np.concatenate([[0], np.cumsum(free)])
        return self._counts[key]

    def _cost(
        self,
        visit: Visit,
        serving: Mapping[str, ResourceCalendar],
        main: Main,
        told: Mapping[str, UUID],
    ) -> int | None:
        """What these people cost as one number; None if others must serve."""
        kept = {**self.problem.kept, **dict(main)}
        counted = dict.fromkeys(PEOPLE, 0)
        for party, needs in parties(visit).items():
            own = serving[party].resource_id
            counted["restaffed"] += told.get(party, own) != own
            skills = {need.capability for need in needs}
            counted["scarce_skills"] += len(serving[party].capabilities) - len(skills)
            if own in {kept.get(need.apart_from) for need in needs if need.apart_from}:
                return None
            for group in {need.continuity for need in needs} - {""}:
                if kept.get(group, own) != own:
                    if group in self.problem.course.keeps:
                        return None
                    counted[f"other_{group}"] += 1
        return packed_people(self.problem, counted)

    def _missed(self, visit: Visit, minutes: Minutes) -> Minutes:
        wish, clock = self.problem.preferences, self.clock
        days = clock.days_of(minutes)
        missed = np.zeros(len(minutes), dtype=np.int64)
        for day in sorted({int(day) for day in days}):
            on = self.problem.calendars.first_on + timedelta(days=day)
            here = days == day
            mine = minutes[here]
            is_off = np.zeros(len(mine), dtype=bool)
            if wish.earliest:
                opens = wall(on, wish.earliest.hour, wish.earliest.minute)
                is_off |= mine < clock.ceil(opens)
            if wish.latest:
                closes = wall(on, wish.latest.hour, wish.latest.minute)
                is_off |= mine + visit.patient_minutes > clock.floor(closes)
            is_other = wish.weekdays is not None and on.weekday() not in wish.weekdays
            missed[here] = is_off.astype(np.int64) + int(is_other)
        return missed


def parties(visit: Visit) -> dict[str, list[Need]]:
    """The needs of each party."""
    found: dict[str, list[Need]] = {}
    for need in visit.needs:
        found.setdefault(need.party, []).append(need)
    return found


def is_able(resource: ResourceCalendar, needs: Sequence[Need]) -> bool:
    """Whether the resource has all skills and units, on whatever day."""
    return all(
        need.capability in resource.capabilities and need.units <= resource.capacity
        for need in needs
    )


def is_one_unit_used_twice(
    needs: Sequence[Need], given: Sequence[tuple[int, ...]]
) -> bool:
    """Whether one unit would have to meet two needs at one time."""
    return any(
        set(mine) & set(theirs)
        and one.starts_after < other.starts_after + other.minutes
        and other.starts_after < one.starts_after + one.minutes
        for (one, mine), (other, theirs) in combinations(
            zip(needs, given, strict=True), 2
        )
    )


def packed_people(problem: CourseProblem, counted: Mapping[str, int]) -> int:
    """The terms about people as one number, the most important one highest."""
    number = 0
    for term in _people_terms(problem):
        number = number * BASE + counted[term]
    return number


def unpacked_people(problem: CourseProblem, number: int) -> dict[str, int]:
    """The terms of such a number."""
    found: dict[str, int] = {}
    for term in reversed(_people_terms(problem)):
        number, found[term] = divmod(number, BASE)
    return found


def _people_terms(problem: CourseProblem) -> list[str]:
    return [term for term in problem.objective.order if term in PEOPLE]
