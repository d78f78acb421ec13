"""Why there is no plan, in as few words as are true and as the front desk can use.

The search has proven that there is none. Of that proof this keeps the sessions that
are in each other's way, between which days the last of them must be, and what stands
in the way on each of these days.
"""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from courses.errors import Refusal
from courses.rules.shapes import Placement
from courses.rules.wording import counted
from scheduler.planning.barring import Bar, Barring
from scheduler.planning.blocking import Blocking, Parts, Solve
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.free_time import FreeTimes, free_times
from scheduler.planning.held import Holding
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.relations import Gaps
from scheduler.planning.timeline import first_instant_at
from scheduler.planning.wording import (
    between_text,
    day_text,
    listed,
    on_days_text,
)

MORE_HOURS = "open more hours"
# What the front desk can do, by what is in the way.
WAYS_OUT = {
    "credential.not_valid": "renew the credential",
    "capability.missing": "ask a manager to add one",
    "resource.closed": "end the closure",
    "plan.not_wanted": "take back what is asked for",
}
# More reasons than these are no help.
MOST_REASONS = 3


def no_plan(problem: CourseProblem, solve: Solve) -> NoPlan:
    """Return why the course has no plan, even with every soft window at its widest."""
    # What is said is about single minutes.
    free = free_times(problem.calendars, tick=1)
    return NoPlan((_Why(problem, free, solve).refusal(),))


@dataclass(frozen=True)
class _Why:
    problem: CourseProblem
    free: FreeTimes
    solve: Solve

    def refusal(self) -> Refusal:
        blocking = Blocking(self.problem, self.solve)
        keys = blocking.sessions
        if not keys:
            return self._begins_too_late()
        others = keys[:-1]
        example = self._example(blocking.parts, others)
        placed = self._placed(example)
        kept = {**self.problem.kept, **(example.kept if example else {})}
        holding = Holding(
            problem=blocking.parts.only(keys, in_range=False),
            ranged=blocking.parts.only(keys),
            key=keys[-1],
            fixed={**self.problem.pinned, **placed},
        )
        free = self.free.at(self.problem.visits[keys[-1]].site)
        barring = Barring(holding, free, _hard(self.problem, kept))
        return self._told(barring, others, placed)

    def _example(self, parts: Parts, others: tuple[str, ...]) -> Plan | None:
        """Return one way to place the others; without the last there is one."""
        with suppress(SearchTooLong):
            return self.solve(parts.only(others)) if others else None
        return None

    def _placed(self, example: Plan | None) -> dict[str, Placement]:
        zone = self.problem.calendars.zone
        return {
            session.key: Placement(session.starts_at, session.ends_at, zone)
            for session in (example.sessions if example else ())
        }

    def _label(self, key: str) -> str:
        return next(s.label for s in self.problem.course.sessions if s.key == key)

    def _begins_too_late(self) -> Refusal:
        days = self.problem.preferences.start_within_days
        return Refusal(
            rule="plan.begins_too_late",
            sentence=(
                f"No plan begins within {days} days of the first day. Choose a later "
                "first day, or open more hours."
            ),
            relaxation="a later first day",
        )

    def _told(
        self, barring: Barring, others: tuple[str, ...], placed: dict[str, Placement]
    ) -> Refusal:
        label = self._label(barring.key)
        named = f"{label}{self._there(barring.key)}"
        beginning = self._together(label, others, placed)
        if (
            barring.holding.days is None
            or barring.holding.days.least > barring.holding.days.most
        ):
            return self._no_day(barring, label, beginning, placed)
        calendars = self.problem.calendars
        first = max(date.fromordinal(barring.holding.days.least), calendars.first_on)
        last = min(date.fromordinal(barring.holding.days.most), calendars.last_on)
        days = [
            date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)
        ]
        if not days:
            return self._no_day(barring, label, beginning, placed)
        reasons = _grouped(barring, days)
        because = barring.holding.because()
        held = f" because of {listed(because)}" if because else ""
        why = "; ".join(
            f"{on_days_text(on, days)} {bar.text}" if len(days) > 1 else bar.text
            for bar, on in reasons[:MOST_REASONS]
        )
        way_out = WAYS_OUT.get(reasons[0][0].rule, MORE_HOURS)
        elsewhere = "choose another first day"
        if because and not others:
            elsewhere = f"move {' or '.join(because)}"
        return Refusal(
            rule="plan.rules_conflict" if others else "plan.no_start",
            sentence=(
                f"{beginning}{named} must be {between_text(first, last)}{held}"
                f"{self._slack(barring)}: {why}. {way_out[0].upper()}{way_out[1:]}, "
                f"{elsewhere}, or plan at another site."
            ),
            session=label,
            resource=reasons[0][0].resource,
            at=first_instant_at(calendars.zone, first, time.min),
            relaxation=f"{way_out}, or {elsewhere}",
        )

    def _there(self, key: str) -> str:
        """Say at which site the session is held, where there are several."""
        calendars, place = self.problem.calendars, self.problem.place_of(key)
        is_said = place and len(calendars.sites) > 1
        return f" at {calendars.site_name(place)}" if is_said else ""

    def _slack(self, barring: Barring) -> str:
        """Say how much a soft window is stretched in the days that are named."""
        session = next(s for s in self.problem.course.sessions if s.key == barring.key)
        step = session.step
        if step is None or step.is_hard or not barring.holding.because():
            return ""
        if not self.problem.slack_days:
            return ", inside its window"
        return f", at most {counted(self.problem.slack_days, 'day')} outside its window"

    def _together(
        self, label: str, others: tuple[str, ...], placed: dict[str, Placement]
    ) -> str:
        if not others:
            return ""
        labels = [self._label(key) for key in others]
        both = "both" if len(labels) == 1 else "all"
        shown = [key for key in others if key in placed][-3:]
        where = listed([f"{self._label(k)} on {day_text(placed[k].on)}" for k in shown])
        names = listed(
            [*labels, label]
            if len(labels) < 4
            else [f"{labels[0]} to {labels[-1]}", label]
        )
        return f"{names} can't {both} be placed. For example, with {where}, "

    def _no_day(
        self,
        barring: Barring,
        label: str,
        beginning: str,
        placed: dict[str, Placement],
    ) -> Refusal:
        """Say which fixed sessions leave no day between them."""
        first, last = self.problem.first_day, self.problem.calendars.last_on
        said = [
            f"the rules about {other} contradict each other"
            if gaps is None or gaps.least > gaps.most
            else f"{other} wants it {_between(gaps)}"
            for other, gaps in barring.holding.wanted_by()
        ]
        why = "; ".join(
            [*said[:MOST_REASONS], f"it can only be placed {between_text(first, last)}"]
        )
        return Refusal(
            rule="plan.rules_conflict" if beginning else "window.impossible",
            sentence=(
                f"{beginning}{label} has no possible day: {why}. Choose another first "
                "day, or move those sessions."
            ),
            session=label,
            relaxation="another first day",
        )


def _between(gaps: Gaps) -> str:
    return between_text(date.fromordinal(gaps.least), date.fromordinal(gaps.most))


def _grouped(barring: Barring, days: list[date]) -> list[tuple[Bar, list[date]]]:
    """Return each reason with its days, the most frequent first."""
    found: dict[Bar, list[date]] = defaultdict(list)
    for day in days:
        found[barring.on(day)].append(day)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[1][0]))


def _hard(problem: CourseProblem, kept: dict[str, UUID]) -> dict[str, UUID]:
    return {g: r for g, r in kept.items() if g in problem.course.keeps}
