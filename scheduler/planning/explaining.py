"""Why there is no plan: the first session that can't be placed, and what bars it.

The search has proven that there is none; this looks again, from the first session to
the last, for a reason that the front desk can act on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

from courses.errors import Refusal
from scheduler.planning.bounding import Bounds, feasible_days
from scheduler.planning.calendar import Need, ResourceCalendar, Visit
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.domains import Domains
from scheduler.planning.free_time import set_bits
from scheduler.planning.ordering import layers_of
from scheduler.planning.problem import NoPlan
from scheduler.planning.ranging import CourseDays
from scheduler.planning.relations import Domain, Option
from scheduler.planning.routes import Routes
from scheduler.planning.searching import Search
from scheduler.planning.staffing import ANYBODY, candidates_for, parties_of
from scheduler.planning.wording import between_text, day_text

MORE_HOURS = "open more hours, or choose another first day"
RENEW = "renew the credential, or choose another first day"


def no_plan(domains: Domains, days: CourseDays) -> NoPlan:
    """Return why the course has no plan, even with every soft window at its widest."""
    return NoPlan((_Why(domains, days).refusal(),))


class _Why:
    def __init__(self, domains: Domains, days: CourseDays) -> None:
        self.asked = domains
        self.problem = problem = domains.problem
        self.free = domains.free
        self.days = days
        self.line = problem.calendars.timeline
        self.labels = {s.key: s.label for s in problem.course.sessions}

    def refusal(self) -> Refusal:
        routes = self.days.routes(self.problem.slack_days, self._last)
        if routes is None:
            return self._contradiction()
        domains = self.asked.of(routes, ANYBODY)
        for key in routes.graph.free:
            if not domains[key].days:
                return self._no_start(key, *routes.graph.days(key))
        return self._unreached(routes, domains) or self._dead_end(routes, domains)

    @property
    def _last(self) -> int:
        return self.line.days - 1

    @property
    def _last_on(self) -> date:
        return self.problem.calendars.last_on

    def _refuse(
        self, key: str, rule: str, sentence: str, relaxation: str = ""
    ) -> Refusal:
        return Refusal(
            rule=rule,
            sentence=sentence,
            session=self.labels[key],
            relaxation=relaxation,
        )

    def _contradiction(self) -> Refusal:
        """Name the first session that leaves no day once it joins those before it."""
        free = self.days.free
        for count in range(1, len(free) + 1):
            some = replace(self.days, free=free[:count])
            if some.graph(self.problem.slack_days, self._last).is_contradictory:
                break
        key = free[count - 1]
        return self._refuse(
            key,
            "window.impossible",
            f"{self.labels[key]} has no possible day "
            f"{between_text(self.line.date_of(self.days.floor), self._last_on)}: its "
            "windows, the sessions that stay where they are, and the first day "
            "contradict each other. Choose another first day, or move those sessions.",
            "another first day",
        )

    def _unreached(
        self, routes: Routes, domains: Mapping[str, Domain]
    ) -> Refusal | None:
        reached: dict[str, set[int]] = {}
        for layer in layers_of(routes.graph, routes.graph.free):
            days = set(set_bits(domains[layer.key].days))
            least, most = routes.graph.days(layer.key)
            if layer.parent is not None:
                near = reached[layer.parent]
                least = min(near) + layer.reach.least
                most = max(near) + layer.reach.most
                days = {
                    day
                    for day in days
                    if any(
                        layer.reach.least <= day - other <= layer.reach.most
                        for other in near
                    )
                }
            if not days:
                return self._no_start(layer.key, least, most)
            reached[layer.key] = days
        return None

    def _no_start(self, key: str, least: int, most: int) -> Refusal:
        first = self.line.date_of(max(least, 0))
        last = self.line.date_of(min(most, self._last))
        visit = self.problem.visits[key]
        why, way_out = self._run_out(visit, first, last), RENEW
        if not why:
            why, way_out = self._lacking(visit, first, last), MORE_HOURS
        return self._refuse(
            key,
            "plan.no_start",
            f"{self.labels[key]} has no free start {between_text(first, last)}: {why}. "
            f"{way_out[0].upper()}{way_out[1:]}, or plan at another site.",
            way_out,
        )

    def _run_out(self, visit: Visit, first: date, last: date) -> str:
        """Return whose credentials aren't valid in that time, if that is why."""
        for _, needs in parties_of(visit):
            able = candidates_for(self.problem.calendars, needs)
            if able and not any(_is_valid(r, needs, first, last) for r in able):
                skill = self.problem.calendars.capability_name(needs[0].capability)
                said = ", ".join(_validity_text(resource, needs) for resource in able)
                return f"nobody holds a valid credential as {skill} then ({said})"
        return ""

    def _lacking(self, visit: Visit, first: date, last: date) -> str:
        line, calendars = self.free.timeline, self.problem.calendars
        inside = self.free.days_mask(line.day_number(first), line.day_number(last))
        for _, needs in parties_of(visit):
            skill = calendars.capability_name(needs[0].capability)
            able = candidates_for(calendars, needs)
            if not able:
                return f"nobody and nothing at this site serves as {skill}"
            starts = 0
            for resource in able:
                starts |= self.free[resource.resource_id].starts(needs)
            if not starts & inside & self.free.grid:
                names = ", ".join(resource.name for resource in able)
                return f"no {skill} is free long enough ({names})"
        parties = [
            calendars.capability_name(needs[0].capability)
            for _, needs in parties_of(visit)
        ]
        if not parties:
            return "the patient has no time"
        return f"{' and '.join(parties)} are never free at the same time"

    def _dead_end(self, routes: Routes, domains: Mapping[str, Domain]) -> Refusal:
        feasible, missing = feasible_days(routes, domains)
        bounds = Bounds(routes, domains, self.asked.trips, feasible, {})
        search = Search(routes, domains, bounds)
        # That there is no plan is proven already; here one place where it ends will do.
        with suppress(SearchTooLong):
            search.cheapest()
        key, days = search.dead_end() or (missing or routes.graph.free[0], {})
        placed = search.clocks.of_days(days)
        said = self._rules_in_the_way(routes, key, domains[key], placed)
        return self._refuse(
            key,
            "plan.rules_conflict",
            f"{self.labels[key]} has free times, but none that keeps every rule: "
            f"{'; '.join(said) or 'its window and those that depend on it'}. "
            "Open more hours, choose another first day, or ask the prescriber to "
            "change the protocol.",
            "more hours, or another first day",
        )

    def _rules_in_the_way(
        self,
        routes: Routes,
        key: str,
        domain: Domain,
        placed: Mapping[str, Option],
    ) -> list[str]:
        met: Counter[str] = Counter()
        for other, pair in routes.graph.neighbors(key).items():
            if other not in placed:
                continue
            for day in set_bits(domain.days):
                for option in domain.on(day):
                    if pair.second == key:
                        rule = pair.broken(placed[other], option)
                    else:
                        rule = pair.broken(option, placed[other])
                    if rule is not None:
                        met[rule.said] += 1
        return [said for said, _ in met.most_common(3)]


def _is_valid(
    resource: ResourceCalendar, needs: Sequence[Need], first: date, last: date
) -> bool:
    return all(
        any(
            (days.first is None or days.first <= last)
            and (days.last is None or first <= days.last)
            for days in resource.capabilities[need.capability]
        )
        for need in needs
    )


def _validity_text(resource: ResourceCalendar, needs: Sequence[Need]) -> str:
    spans = [days for need in needs for days in resource.capabilities[need.capability]]
    ends = [days.last for days in spans if days.last is not None]
    begins = [days.first for days in spans if days.first is not None]
    if ends:
        return f"{resource.name} until {day_text(max(ends))}, {max(ends).year}"
    return f"{resource.name} from {day_text(min(begins))}, {min(begins).year}"
