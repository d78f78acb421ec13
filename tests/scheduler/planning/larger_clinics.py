"""Clinics and courses of real size made at random, too large to try everything.

A problem is named by its seed and its load: the share of the blocks in which somebody
or something could be booked that are booked already. Some have no plan. Half of them
follow shipped protocols, so a seed names the same problem while the library stays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from uuid import UUID

from courses.library.entries import ProtocolEntry, VisitTypeEntry
from courses.library.reading import read_library
from courses.rules.shapes import (
    CourseShape,
    Placement,
    SessionShape,
    SpacingShape,
    StepShape,
)
from scheduler.planning.calendar import Calendars, Need, Visit
from scheduler.planning.objective import Objective
from scheduler.planning.problem import CourseProblem, Demand, Preferences, Told
from tests.scheduler.planning.clinics_at_random import a_clinic
from tests.scheduler.planning.possible_starts import PossibleStarts, parties
from tests.scheduler.planning.protocols_at_random import a_random_protocol
from tests.scheduler.planning.small_clinics import NEW_YORK, wall

LOADS = {"light": 0.35, "medium": 0.65, "heavy": 0.85}
GROUPS = ("therapist", "prescriber")
# Ordinary weeks, and weeks in which clocks go forward and back.
FIRST_DAYS = (date(2026, 5, 4), date(2026, 8, 3), date(2026, 3, 2), date(2026, 10, 19))


@dataclass(frozen=True)
class Protocol:
    """A protocol without its course: sessions by code, their nominal days, visits."""

    sessions: tuple[SessionShape, ...]
    spacing: tuple[SpacingShape, ...]
    visits: Mapping[str, Visit]
    nominal: Mapping[str, int]
    keeps_therapist: bool = False
    finishes_early: bool = True


def a_larger_problem(
    seed: int, load: str, codes: Collection[str] = ()
) -> CourseProblem:
    """Up to 20 resources, 4 to 12 weeks, a grid of a quarter of an hour.

    `codes` names the shipped protocols to choose from; empty for all of them.
    """
    random = Random(f"{load} {seed}")
    weeks = random.randint(4, 12)
    first_on = random.choice(FIRST_DAYS)
    calendars = a_clinic(random, first_on, weeks, LOADS[load])
    protocol = _a_protocol(random, weeks, codes)
    problem = _a_problem(random, protocol, calendars)
    if random.random() < 0.3:
        problem = _with_demands(random, problem)
    return problem


# --- the course -----------------------------------------------------------------


def _a_protocol(random: Random, weeks: int, codes: Collection[str]) -> Protocol:
    if random.random() < 0.5:
        some = [p for p in read_shipped() if not codes or p.code in codes]
        protocol = shipped(random.choice(some))
    else:
        sessions, spacing, visits = a_random_protocol(random, visit_types())
        protocol = Protocol(sessions, spacing, visits, _nominal_days(sessions))
    last = 7 * weeks - 10 - max(0, -min(protocol.nominal.values()))
    # What lies too far ahead is not planned yet, or was left out.
    kept = {
        key: visit
        for key, visit in protocol.visits.items()
        if protocol.nominal[key] <= last and random.random() < 0.97
    }
    return replace(protocol, visits=kept)


@cache
def read_shipped() -> tuple[ProtocolEntry, ...]:
    """The protocols as they are shipped."""
    return read_library().protocols


@cache
def visit_types() -> Mapping[str, Visit]:
    """The visit types as they are shipped, by their codes."""
    return {entry.code: _visit(entry) for entry in read_library().visit_types}


@cache
def _kinds() -> Mapping[str, VisitTypeEntry]:
    return {entry.code: entry for entry in read_library().visit_types}


def _visit(entry: VisitTypeEntry) -> Visit:
    return Visit(
        key=entry.code,
        label=entry.name,
        kind=entry.kind,
        patient_minutes=sum(p.minutes for p in entry.phases if p.is_patient_present),
        needs=tuple(
            Need(
                party=need.party,
                capability=need.capability,
                starts_after=need.at[0],
                minutes=need.at[1],
                units=need.at[2],
                continuity=need.continuity if need.continuity in GROUPS else "",
                apart_from="therapist" if need.continuity == "other" else "",
            )
            for need in entry.needs
        ),
        is_remote=entry.is_remote,
    )


def shipped(entry: ProtocolEntry) -> Protocol:
    """One of the protocols in the library."""
    kinds = _kinds()
    sessions = tuple(
        SessionShape(
            key=f"session {step.code}",
            label=step.name,
            kind=kinds[step.visit_type].kind,
            step=StepShape(
                code=step.code,
                name=step.name,
                kind=kinds[step.visit_type].kind,
                is_placed=kinds[step.visit_type].is_placed,
                anchor=step.anchor,
                anchor_edge=step.anchor_edge,
                unit=step.unit,
                earliest=step.window[0],
                target=step.window[1],
                latest=step.window[2],
                is_hard=step.is_hard,
                pair_of=step.pair_of,
                after=step.after,
                before=step.before,
                is_before_hard=step.is_before_hard,
                minimum_hours=step.minimum_hours,
                maximum_hours=step.maximum_hours,
                is_allowed_on_dosing_day=step.is_allowed_on_dosing_day,
            ),
        )
        for step in entry.steps
    )
    visits = {
        session.key: replace(
            visit_types()[step.visit_type], key=session.key, label=session.label
        )
        for session, step in zip(sessions, entry.steps, strict=True)
        if kinds[step.visit_type].is_placed
    }
    spacing = tuple(
        SpacingShape(rule.kind, rule.days, rule.count, rule.is_hard, rule.about)
        for rule in entry.spacing
    )
    return Protocol(
        sessions,
        spacing,
        visits,
        _nominal_days(sessions),
        entry.keeps_therapist,
        entry.finishes_early,
    )


def _nominal_days(sessions: Sequence[SessionShape]) -> dict[str, int]:
    steps = {s.step.code: s.step for s in sessions if s.step}

    def day(step: StepShape) -> int:
        if not step.anchor:
            return 0
        own = step.target if step.unit == "days" else step.target // 24
        return own + day(steps[step.anchor])

    return {s.key: day(s.step) for s in sessions if s.step}


# --- the problem ----------------------------------------------------------------


def _a_problem(
    random: Random, protocol: Protocol, calendars: Calendars
) -> CourseProblem:
    keeps = {group for group in GROUPS if random.random() < 0.25}
    if protocol.keeps_therapist:
        keeps.add("therapist")
    course = CourseShape(
        sessions=protocol.sessions,
        spacing=protocol.spacing,
        keeps=frozenset(keeps),
        finishes_early=protocol.finishes_early,
    )
    first_on = calendars.first_on
    pinned = _pinned(random, protocol, first_on)
    kept = {
        group: random.choice(
            [r.resource_id for r in calendars.resources if group in r.capabilities]
        )
        for group in GROUPS
        if random.random() < 0.4
    }
    return CourseProblem(
        course=course,
        visits=protocol.visits,
        calendars=calendars,
        not_before=wall(first_on, random.choice((0, 7, 11))),
        preferences=_preferences(random, first_on),
        pinned=pinned,
        kept=kept,
        objective=Objective.of(course),
        slack_days=random.choice((0, 2, 7, 7, 7)),
    )


def _pinned(random: Random, protocol: Protocol, first_on: date) -> dict[str, Placement]:
    """The first sessions of the course, as they were held or booked already."""
    order = sorted(protocol.visits, key=lambda key: protocol.nominal[key])
    count = random.choice((0, 0, 0, 1, 2, 4, 6))
    count = min(count, len(order) - 2)
    if count <= 0:
        return {}
    last = protocol.nominal[order[count - 1]]
    day_zero = first_on + timedelta(days=random.randint(-2, 1) - last)
    pinned: dict[str, Placement] = {}
    on, ready_at = None, None
    for key in order[:count]:
        wanted = day_zero + timedelta(days=protocol.nominal[key])
        wanted += timedelta(days=random.choice((0, 0, 0, 0, 1)))
        if on is not None and wanted <= on:
            wanted = on
        starts_at = wall(wanted, 8)
        if ready_at is not None:
            starts_at = max(starts_at, ready_at)
        minutes = timedelta(minutes=protocol.visits[key].patient_minutes)
        pinned[key] = Placement(starts_at, starts_at + minutes, NEW_YORK)
        on, ready_at = wanted, starts_at + minutes
    return pinned


def _preferences(random: Random, first_on: date) -> Preferences:
    some = frozenset(random.sample(range(5), random.choice((3, 4))))
    return Preferences(
        start_on=first_on + timedelta(days=random.randint(1, 5))
        if random.random() < 0.3
        else None,
        weekdays=some if random.random() < 0.3 else None,
        earliest=time(9, 30) if random.random() < 0.2 else None,
        latest=time(16) if random.random() < 0.2 else None,
        start_within_days=random.choice((21, 42, 42)),
    )


def _with_demands(random: Random, problem: CourseProblem) -> CourseProblem:
    """The same problem, where some sessions are told already or insisted on."""
    possible = PossibleStarts(problem)
    told: dict[str, Told] = {}
    demands: dict[str, Demand] = {}
    share = random.choice((0.2, 0.8))
    for key, visit in problem.visits.items():
        if key in problem.pinned:
            continue
        minutes = possible.of(key).minutes
        if len(minutes) and random.random() < share:
            near = minutes[: max(1, len(minutes) // 3)]
            offset = random.choice((0, 0, 0, 5))
            at = possible.clock.origin + timedelta(
                minutes=int(random.choice(near.tolist())) + offset
            )
            told[key] = _told(random, problem, visit, at)
        if len(minutes) and random.random() < 0.12:
            at = possible.clock.origin + timedelta(
                minutes=int(random.choice(minutes.tolist()))
            )
            demands[key] = _a_demand(random, problem, visit, at)
    if random.random() < 0.2:
        days = random.randint(1, 20)
        some = frozenset({problem.first_day + timedelta(days=days)})
        demands[""] = Demand(not_on=some)
    return replace(problem, told=told, demands=demands)


def _told(random: Random, problem: CourseProblem, visit: Visit, at: datetime) -> Told:
    end = at + timedelta(minutes=visit.patient_minutes)
    serving = {
        party: random.choice(_able(problem, [n.capability for n in needs]))
        for party, needs in parties(visit).items()
    }
    return Told(Placement(at, end, NEW_YORK), serving)


def _able(problem: CourseProblem, skills: Sequence[str]) -> list[UUID]:
    return [
        resource.resource_id
        for resource in problem.calendars.resources
        if set(skills) <= resource.capabilities.keys()
    ]


def _a_demand(
    random: Random, problem: CourseProblem, visit: Visit, at: datetime
) -> Demand:
    on = at.astimezone(NEW_YORK).date()
    needed = {party: [n.capability for n in ns] for party, ns in parties(visit).items()}
    which = random.randrange(5)
    if which == 0:
        return Demand(on=on)
    if which == 1:
        return Demand(starts_at=at)
    if which == 2 or not needed:
        return Demand(not_on=frozenset({on, on + timedelta(days=1)}))
    party = random.choice(sorted(needed))
    someone = random.choice(_able(problem, needed[party]))
    if which == 3:
        return Demand(serving={party: someone})
    return Demand(not_served_by=frozenset({someone}))
