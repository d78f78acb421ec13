"""Several courses on one calendar as one constraint model.

Each course keeps its own rules as a `CourseModel`; here it is said besides who serves
which visit with which unit, since that is what the courses contend for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from uuid import UUID

import numpy as np
from ortools.sat.python import cp_model

from scheduler.planning.calendar import Need, ResourceCalendar
from scheduler.planning.problem import CourseProblem
from tests.scheduler.planning.course_model import CourseModel, Expr, domain_of, total
from tests.scheduler.planning.possible_starts import (
    Clock,
    Flags,
    Minutes,
    PossibleStarts,
    Starts,
    is_able,
    is_one_unit_used_twice,
    parties,
)
from tests.scheduler.planning.two_sites import resources_at, site_of

Given = Sequence[tuple[int, ...]]


@dataclass
class Shared:
    """The model of all courses, and what may be held of each unit, by whomever."""

    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    held: dict[tuple[UUID, int], list[cp_model.IntervalVar]] = field(
        default_factory=dict
    )

    def keep_apart(self) -> None:
        """No unit is held twice at one time."""
        for intervals in self.held.values():
            self.model.add_no_overlap(intervals)


class MemberModel(CourseModel):
    """One course of several: its visits hold units of the resources that serve them."""

    def __init__(self, problem: CourseProblem, slack: int, shared: Shared) -> None:
        self._shared = shared
        super().__init__(problem, PossibleStarts(problem), slack, shared.model)

    @property
    def clock(self) -> Clock:
        """The minutes in which starts are counted."""
        return self._possible.clock

    def _price(self, key: str, starts: Starts, start: Expr) -> None:
        is_told = self._price_times(starts, start)
        serving = dict(self._serving(key, starts, start))
        for resource_id in {resource.resource_id for _, resource in serving.values()}:
            self.model.add_at_most_one(
                flag
                for flag, (_, resource) in serving.items()
                if resource.resource_id == resource_id
            )
        visit, told = self.problem.visits[key], self.problem.told.get(key)
        for party, needs in parties(visit).items():
            mine = {f: r for f, (name, r) in serving.items() if name == party}
            self.model.add_exactly_one(mine)
            skills = len({need.capability for need in needs})
            spare = {flag: len(r.capabilities) - skills for flag, r in mine.items()}
            said = total(flag * spare[flag] for flag in mine)
            self.add("scarce_skills", said, max(spare.values(), default=0))
            for need in needs:
                if need.apart_from:
                    self._keep_from(mine, need.apart_from)
            for group in {need.continuity for need in needs} - {""}:
                self._keep_to(mine, group)
            if told is not None:
                old = told.serving.get(party)
                others = [f for f, r in mine.items() if r.resource_id != old and old]
                self._both(others, is_told, "restaffed")

    def _price_times(self, starts: Starts, start: Expr) -> Expr:
        """Count wishes and news; return whether the start is the told one."""
        flags: dict[tuple[int, bool], cp_model.IntVar] = {}
        ways = np.stack([starts.missed, starts.is_news], axis=1)
        for missed, is_news in np.unique(ways, axis=0).tolist():
            flag = flags[missed, bool(is_news)] = self.model.new_bool_var("")
            here = starts.minutes[(ways == (missed, is_news)).all(axis=1)]
            self._only(start, here, flag)
        self.model.add_exactly_one(flags.values())
        most = max(missed for missed, _ in flags)
        missed_by = total(flag * missed for (missed, _), flag in flags.items())
        self.add("not_preferred", missed_by, most)
        news = total(flag for (_, is_news), flag in flags.items() if is_news)
        self.add("told_again", news, 1)
        return total(flag for (_, is_news), flag in flags.items() if not is_news)

    def _serving(
        self, key: str, starts: Starts, start: Expr
    ) -> Iterator[tuple[cp_model.IntVar, tuple[str, ResourceCalendar]]]:
        """Yield a flag for each way in which one resource serves a party."""
        demand, visit = self.problem.demanded(key), self.problem.visits[key]
        site = site_of(self.problem, visit)
        for party, needs in parties(visit).items():
            for resource in resources_at(self.problem, visit):
                own = resource.resource_id
                is_barred = own in demand.not_served_by
                if is_barred or demand.serving.get(party, own) != own:
                    continue
                if not is_able(resource, needs):
                    continue
                ways = self._ways_of(resource, site, needs, starts.minutes)
                for given, flags in ways:
                    flag = self.model.new_bool_var("")
                    self._only(start, starts.minutes[flags], flag)
                    self._hold(own, needs, given, start, flag)
                    yield flag, (party, resource)

    def _ways_of(
        self,
        resource: ResourceCalendar,
        site: str,
        needs: Sequence[Need],
        minutes: Minutes,
    ) -> Iterator[tuple[Given, Flags]]:
        ways = [list(combinations(range(resource.capacity), n.units)) for n in needs]
        for given in product(*ways):
            if not is_one_unit_used_twice(needs, given):
                flags = self._possible.is_free_with(
                    resource, site, needs, given, minutes
                )
                if flags.any():
                    yield given, flags

    def _hold(
        self,
        resource_id: UUID,
        needs: Sequence[Need],
        given: Given,
        start: Expr,
        flag: cp_model.IntVar,
    ) -> None:
        for need, units in zip(needs, given, strict=True):
            for unit in units:
                self._shared.held.setdefault((resource_id, unit), []).append(
                    self.model.new_optional_fixed_size_interval_var(
                        start + need.starts_after, need.minutes, flag, ""
                    )
                )

    def _only(self, start: Expr, minutes: Minutes, flag: cp_model.IntVar) -> None:
        here = domain_of(minutes)
        self.model.add_linear_expression_in_domain(start, here).only_enforce_if(flag)

    def _keep_to(
        self, mine: Mapping[cp_model.IntVar, ResourceCalendar], group: str
    ) -> None:
        for flag, resource in mine.items():
            other = self._is_other(group, resource.resource_id)
            if group in self.problem.course.keeps:
                self.model.add(flag + other <= 1)
            else:
                self._both([flag], other, f"other_{group}")

    def _keep_from(
        self, mine: Mapping[cp_model.IntVar, ResourceCalendar], group: str
    ) -> None:
        for flag, resource in mine.items():
            own = resource.resource_id
            if self.problem.kept.get(group) == own:
                self.model.add(flag == 0)
            self.model.add(flag + self._is_main(group, own) <= 1)

    def _is_other(self, group: str, resource_id: UUID) -> Expr:
        """Whether the resource isn't the one that the course keeps for the group."""
        if not any(group == named for main in self._main for named, _ in main):
            kept = self.problem.kept.get(group, resource_id)
            return self.model.new_constant(int(kept != resource_id))
        return 1 - self._is_main(group, resource_id)

    def _is_main(self, group: str, resource_id: UUID) -> Expr:
        """Whether the resource is chosen to be kept for the group."""
        one = group, resource_id
        return total(flag for main, flag in self._main.items() if one in main)

    def _both(self, flags: Sequence[cp_model.IntVar], also: Expr, term: str) -> None:
        """Count the flags of which one may be true, if the other is true as well."""
        if flags:
            counted = self.model.new_bool_var("")
            self.model.add(counted >= total(flags) + also - 1)
            self.add(term, counted, 1)
