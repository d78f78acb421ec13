"""What bars one session, day by day, when the others are where they are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from courses.rules.shapes import Placement
from courses.rules.windows import deviations
from scheduler.planning.calendar import Need, ResourceCalendar
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.held import Holding
from scheduler.planning.problem import CourseProblem
from scheduler.planning.refusing import refusals_of
from scheduler.planning.staffing import Keeping, candidates_for
from scheduler.planning.starts import start_layers
from scheduler.planning.wording import day_text, listed

_IN_SHORT = {
    "credential.not_valid": "without a valid credential",
    "resource.not_open": "no working hours",
    "resource.closed": "closed",
    "resource.taken": "taken",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a session can't be on a day: the rule, in words, and who or what it is."""

    rule: str
    text: str
    resource: str = ""


@dataclass(frozen=True)
class Barring:
    """One session to be placed where others hold it.

    `kept` names the resources of the groups that one resource must serve throughout.
    """

    holding: Holding
    free: FreeTimes
    kept: Mapping[str, UUID]

    @property
    def problem(self) -> CourseProblem:
        """Return the problem without the other sessions."""
        return self.holding.problem

    @property
    def key(self) -> str:
        """Return the session's key."""
        return self.holding.key

    def on(self, day: date) -> Bar:
        """Return what bars the session on a day; there is always something."""
        demand = self.problem.demanded(self.key)
        if day in demand.not_on or (demand.on not in (None, day)):
            return Bar("plan.not_wanted", "it is asked not to be then")
        for party, needs in self._parties:
            found = self._party_bar(party, needs, day)
            if found is not None:
                return found
        starts = self._starts & self._inside(day)
        if not starts:
            return self._not_together()
        if demand.starts_at is not None:
            minute = self.free.timeline.floor(demand.starts_at)
            if not starts >> max(minute, 0) & 1:
                return self._not_then(minute)
            starts = 1 << minute
        return self._rule_bar(starts)

    def _not_then(self, minute: int) -> Bar:
        """Return why the session can't begin at the time that is asked for."""
        visit = self.problem.visits[self.key]
        fixed = self.problem.demanded(self.key).serving
        if minute >= 0 and not self.free.grid >> minute & 1:
            every = self.free.calendars.grid_minutes
            return Bar(
                "plan.not_wanted",
                f"visits begin every {every} minutes, not when it is asked for",
            )
        refusal = refusals_of(self.free, visit, minute, fixed)[0]
        return Bar(
            "plan.not_wanted",
            f"at the time that is asked for, {_as_clause(refusal.sentence)}",
            refusal.resource,
        )

    @cached_property
    def _parties(self) -> list[tuple[str, tuple[Need, ...]]]:
        """Return the parties, those that are barred on the most days first."""
        found = list(self.problem.visits[self.key].parties)
        return sorted(found, key=lambda party: -self._days_barred(*party))

    def _days_barred(self, party: str, needs: tuple[Need, ...]) -> int:
        if self.holding.days is None:
            return 0
        first = max(self.holding.days.least, self.free.timeline.first_on.toordinal())
        last = min(self.holding.days.most, self.free.timeline.last_on.toordinal())
        starts = 0
        for resource in self._able(party, needs):
            starts |= self.free[resource.resource_id].starts(needs)
        starts &= self.free.grid
        days = (date.fromordinal(number) for number in range(first, last + 1))
        return sum(not starts & self._inside(day) for day in days)

    def _inside(self, day: date) -> int:
        line = self.free.timeline
        number = line.day_number(day)
        bits = self.free.days_mask(number, number)
        past = max(line.ceil(self.problem.not_before), 0)
        return bits >> past << past

    @property
    def _here(self) -> str:
        calendars = self.free.calendars
        is_one = len(calendars.sites) < 2
        return "here" if is_one else f"at {calendars.site_name(calendars.site)}"

    @cached_property
    def _keeping(self) -> Keeping:
        never = self.problem.demanded(self.key).not_served_by
        return Keeping(required=self.kept, never=never)

    @cached_property
    def _starts(self) -> int:
        fixed = self.problem.demanded(self.key).serving
        visit = self.problem.visits[self.key]
        bits = 0
        for layer in start_layers(self.free, visit, fixed, self._keeping).values():
            bits |= layer
        return bits

    def _able(self, party: str, needs: tuple[Need, ...]) -> Sequence[ResourceCalendar]:
        only = self.problem.demanded(self.key).serving.get(party)
        return list(candidates_for(self.free.calendars, needs, only, self._keeping))

    def _party_bar(self, party: str, needs: tuple[Need, ...], day: date) -> Bar | None:
        calendars = self.free.calendars
        skill = calendars.capability_name(needs[0].capability)
        able = self._able(party, needs)
        if not able:
            if candidates_for(calendars, needs):
                return Bar(
                    "plan.not_wanted", f"whoever could serve as {skill} is not to"
                )
            said = f"nobody and nothing {self._here} serves as {skill}"
            return Bar("capability.missing", said)
        inside = self._inside(day) & self.free.grid
        if any(self.free[r.resource_id].starts(needs) & inside for r in able):
            return None
        return self._why(able, needs, day, skill)

    def _why(
        self,
        able: Sequence[ResourceCalendar],
        needs: tuple[Need, ...],
        day: date,
        skill: str,
    ) -> Bar:
        rules = {r.name: self._state(r, needs, day) for r in able}
        met = Counter(rules.values())
        only = next(iter(rules)) if len(rules) == 1 else ""
        rule = met.most_common(1)[0][0] if len(met) == 1 else "resource.none_free"
        names = self._names(list(rules), skill)
        is_one = len(rules) == 1
        if rule == "credential.not_valid":
            said = _validities(able, needs)
            return Bar(
                rule, f"nobody holds a valid credential as {skill} ({said})", only
            )
        if rule == "resource.not_open":
            have = "has" if is_one else "have"
            return Bar(rule, f"{names} {have} no working hours", only)
        if rule == "resource.closed":
            return Bar(rule, f"{names} {'is' if is_one else 'are'} closed", only)
        if rule == "resource.taken":
            if is_one:
                return Bar(rule, f"{names} isn't free long enough", only)
            return Bar(rule, f"no {skill} is free long enough ({names} taken)")
        said = ", ".join(
            f"{listed([n for n, r in rules.items() if r == state])} {_IN_SHORT[state]}"
            for state in met
        )
        return Bar(rule, f"no {skill} is free long enough ({said})")

    def _names(self, names: list[str], skill: str) -> str:
        return listed(names) if len(names) <= 3 else f"all {len(names)} ({skill})"

    def _state(
        self, resource: ResourceCalendar, needs: tuple[Need, ...], day: date
    ) -> str:
        time, inside = self.free[resource.resource_id], self._inside(day)
        if any(not time.valid(need.capability) & inside for need in needs):
            return "credential.not_valid"
        if not time.open & inside:
            return "resource.not_open"
        if not time.open & ~time.closed & inside:
            return "resource.closed"
        return "resource.taken"

    def _not_together(self) -> Bar:
        away = "elsewhere or on the way" if self._is_between_sites() else "elsewhere"
        if not self._parties:
            return Bar("patient.elsewhere", f"the patient is {away}")
        name = self.free.calendars.capability_name
        parties = [name(needs[0].capability) for _, needs in self._parties]
        if len(parties) == 1:
            return Bar(
                "patient.elsewhere",
                f"the patient is {away} whenever a {parties[0]} is free",
            )
        return Bar(
            "resource.too_few", f"{listed(parties)} are never free at the same time"
        )

    def _is_between_sites(self) -> bool:
        """Tell whether the patient has visits at other sites than this one."""
        calendars, here = self.free.calendars, self.problem.place_of(self.key)
        stays = calendars.patient_busy
        return any(calendars.travel_between(here, stay.site) for stay in stays)

    def _rule_bar(self, starts: int) -> Bar:
        """Return the rule that most of the free starts of a day break."""
        met: Counter[tuple[str, str]] = Counter()
        before = set(deviations(self.problem.course, self.holding.fixed))
        visit, line = self.problem.visits[self.key], self.free.timeline
        for minute in set_bits(starts):
            at = Placement(
                line.instant(minute),
                line.instant(minute + visit.patient_minutes),
                self.problem.calendars.zone,
            )
            barred = self._elsewhere(at)
            if barred:
                met["patient.elsewhere", barred] += 1
                continue
            placed = {**self.holding.fixed, self.key: at}
            for broken in deviations(self.problem.course, placed, {self.key}):
                if broken not in before and broken.is_hard:
                    met[broken.rule, _as_clause(broken.sentence)] += 1
                    break
        if not met:
            return Bar("window.slack", "its window and those that depend on it end")
        return Bar(*met.most_common(1)[0][0])

    def _elsewhere(self, at: Placement) -> str:
        """Return where the patient is then, or has just been or must go soon."""
        calendars = self.problem.calendars
        here = self.problem.place_of(self.key)
        for key, other in self.holding.fixed.items():
            if _meet(at, other):
                return "the patient has another visit"
            there = self.problem.place_of(key)
            minutes = calendars.travel_between(here, there)
            way = timedelta(minutes=minutes)
            late = Placement(other.starts_at - way, other.ends_at + way, other.zone)
            if at.on == other.on and _meet(at, late):
                return (
                    f"the patient has another visit at {calendars.site_name(there)}"
                    f" and needs {minutes} minutes between the sites"
                )
        return ""


def _meet(one: Placement, other: Placement) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _as_clause(sentence: str) -> str:
    """Return what a sentence asks for, to stand inside another."""
    return sentence.split(". ")[0].split(", not on ")[0].rstrip(".")


def _validities(able: Sequence[ResourceCalendar], needs: Sequence[Need]) -> str:
    """Return whose credentials are valid until when; one day is said once."""
    said: dict[str, list[str]] = {}
    for resource in able:
        said.setdefault(validity_text(resource, needs), []).append(resource.name)
    return ", ".join(f"{listed(names)} {until}" for until, names in said.items())


def validity_text(resource: ResourceCalendar, needs: Sequence[Need]) -> str:
    """Return until or from when the resource's credentials are valid, if ever."""
    spans = [
        days
        for need in needs
        for days in resource.capabilities.get(need.capability, ())
    ]
    ends = [days.last for days in spans if days.last is not None]
    begins = [days.first for days in spans if days.first is not None]
    if ends:
        return f"until {day_text(max(ends))}, {max(ends).year}"
    if begins:
        return f"from {day_text(min(begins))}, {min(begins).year}"
    return "not then"
