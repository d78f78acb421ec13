"""The rules that no plan may ever break, looked up minute by minute.

Written apart from the planner and from its checker, and as plainly as possible: every
claim is spread out into its minutes, and no minute may be used twice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations, pairwise, product

from courses.rules.shapes import Placement
from scheduler.planning.calendar import Stay
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession
from tests.scheduler.planning.course_rules import (
    Follows,
    InWindow,
    NotOnOneDay,
    RatherFollows,
    Spaced,
    Waits,
    WaitsAtMost,
    free_keys,
    rules_of,
)
from tests.scheduler.planning.two_sites import (
    grid_of,
    is_reached,
    patient_at,
    resources_at,
    stays_of,
)

MINUTE = timedelta(minutes=1)


def broken_rules(problem: CourseProblem, plan: Plan) -> list[str]:
    """Every hard rule that the plan breaks, and every soft one broken too far."""
    if sorted(free_keys(problem)) != sorted(s.key for s in plan.sessions):
        return ["sessions are missing, or placed twice"]
    if any(_is_served_from_elsewhere(problem, session) for session in plan.sessions):
        return ["somebody serves who isn't at the site"]
    found = [
        f"{session.key} {fault}"
        for session in plan.sessions
        for fault in (
            *_times(problem, session),
            *_serving(problem, session),
            *_insisted(problem, session),
        )
    ]
    return [
        *found,
        *_minutes(problem, plan),
        *_ways(problem, plan),
        *_between(problem, plan),
        *_kept(problem, plan),
    ]


def _spread(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += MINUTE


def _is_served_from_elsewhere(problem: CourseProblem, placed: PlannedSession) -> bool:
    there = {r.resource_id for r in resources_at(problem, problem.visits[placed.key])}
    return not there >= {claim.resource_id for claim in placed.claims}


def _times(problem: CourseProblem, placed: PlannedSession) -> Iterator[str]:
    zone = problem.calendars.zone
    begin = placed.starts_at.astimezone(zone)
    minutes = problem.visits[placed.key].patient_minutes
    if placed.ends_at != placed.starts_at + minutes * MINUTE:
        yield "has the wrong length"
    if (placed.ends_at - MINUTE).astimezone(zone).date() != begin.date():
        yield "goes on past midnight"
    told = problem.told.get(placed.key)
    is_told = told is not None and told.placement.starts_at == placed.starts_at
    if begin.minute % grid_of(problem, problem.visits[placed.key]) and not is_told:
        yield "is off the grid"
    wish = problem.preferences.start_on
    if placed.starts_at < problem.not_before or (wish and begin.date() < wish):
        yield "is too early"
    session = next(s for s in problem.course.sessions if s.key == placed.key)
    if (session.earliest_on and begin.date() < session.earliest_on) or (
        session.latest_on and begin.date() > session.latest_on
    ):
        yield "is outside of its own days"


def _serving(problem: CourseProblem, placed: PlannedSession) -> Iterator[str]:
    serving: dict[str, object] = {}
    for claim in placed.claims:
        if serving.setdefault(claim.party, claim.resource_id) != claim.resource_id:
            yield f"has two resources as {claim.party}"
    if len(set(serving.values())) < len(serving):
        yield "has one resource as two parties"
    on = placed.starts_at.astimezone(problem.calendars.zone).date()
    for need in problem.visits[placed.key].needs:
        begin = placed.starts_at + need.starts_after * MINUTE
        span = begin, begin + need.minutes * MINUTE
        mine = {
            (c.resource_id, c.unit)
            for c in placed.claims
            if c.party == need.party and (c.starts_at, c.ends_at) == span
        }
        if len(mine) < need.units:
            yield f"lacks {need.party}"
        for resource in resources_at(problem, problem.visits[placed.key]):
            if resource.resource_id == serving.get(need.party) and not any(
                (first or on) <= on <= (last or on)
                for first, last in resource.capabilities.get(need.capability, ())
            ):
                yield f"has {resource.name}, who isn't {need.capability} then"


def _insisted(problem: CourseProblem, placed: PlannedSession) -> Iterator[str]:
    on = placed.starts_at.astimezone(problem.calendars.zone).date()
    for demand in (problem.demands.get(placed.key), problem.demands.get("")):
        if demand is None:
            continue
        if demand.on not in (None, on) or on in demand.not_on:
            yield "is on another day than was insisted on"
        if demand.starts_at not in (None, placed.starts_at):
            yield "is at another time than was insisted on"
        for claim in placed.claims:
            wanted = demand.serving.get(claim.party, claim.resource_id)
            if claim.resource_id != wanted:
                yield "is served by somebody else than was insisted on"
            if claim.resource_id in demand.not_served_by:
                yield "is served by somebody who may not"


def _minutes(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    used: set[tuple[object, object, datetime]] = set()
    patient: set[datetime] = set()
    for begin, end, _ in stays_of(problem):
        patient.update(_spread(begin, end))
    for placed in plan.sessions:
        stay = set(_spread(placed.starts_at, placed.ends_at))
        if stay & patient:
            yield f"{placed.key}: the patient is elsewhere"
        patient |= stay
        there = resources_at(problem, problem.visits[placed.key])
        by_id = {resource.resource_id: resource for resource in there}
        for claim in placed.claims:
            resource = by_id[claim.resource_id]
            if not 0 <= claim.unit < resource.capacity:
                yield f"{placed.key}: {resource.name} has no unit {claim.unit}"
            taken = [busy[1:] for busy in resource.busy if busy.unit == claim.unit]
            for at in _spread(claim.starts_at, claim.ends_at):
                key = claim.resource_id, claim.unit, at
                is_open = any(begin <= at < end for begin, end in resource.open)
                is_taken = any(
                    begin <= at < end for begin, end in (*resource.closed, *taken)
                )
                if not is_open or is_taken or key in used:
                    yield f"{placed.key}: {resource.name} isn't free at {at}"
                    break
                used.add(key)


def _ways(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    """What the patient can't reach in time from another place on the same day."""
    stays = [
        (s.key, Stay(s.starts_at, s.ends_at, patient_at(problem, s.key)))
        for s in plan.sessions
    ]
    for (key, one), (other, two) in combinations(stays, 2):
        if not is_reached(problem, one, two):
            yield f"{key} and {other}: too far from each other"
    for (key, one), two in product(stays, stays_of(problem)):
        if not is_reached(problem, one, two):
            yield f"{key}: too far from where the patient is"


def _between(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    zone = problem.calendars.zone
    at = {s.key: Placement(s.starts_at, s.ends_at, zone) for s in plan.sessions}
    at.update(problem.pinned)
    for rule in rules_of(problem):
        first, second = at[rule.first], at[rule.second]
        if not _is_kept(rule, first, second, problem.slack_days):
            yield f"{type(rule).__name__}: {rule.first}, then {rule.second}"
    doses = [
        at[s.key] for s in problem.course.sessions if s.kind == "dosing" and s.key in at
    ]
    for earlier, later in pairwise(sorted(doses, key=lambda dose: dose.starts_at)):
        if earlier.ends_at > later.starts_at:
            yield "two doses at once"


def _is_kept(rule: object, first: Placement, second: Placement, slack: int) -> bool:
    days = (second.on - first.on).days
    if isinstance(rule, NotOnOneDay):
        return days != 0
    if isinstance(rule, Spaced):
        least, most = rule.limits
        return least <= days <= most or bool(slack and not rule.rule.is_hard)
    if isinstance(rule, InWindow):
        least, most = rule.limits(slack)
        if rule.step.unit == "days":
            return least <= days <= most
        edge = first.ends_at if rule.step.anchor_edge == "end" else first.starts_at
        return least <= (second.starts_at - edge) // MINUTE <= most
    return _is_kept_by_the_clock(rule, second.starts_at - first.ends_at, -days, slack)


def _is_kept_by_the_clock(
    rule: object, wait: timedelta, days_early: int, slack: int
) -> bool:
    if isinstance(rule, Follows):
        return wait >= timedelta()
    if isinstance(rule, RatherFollows):
        return wait >= timedelta() or max(days_early, 1) <= slack
    if isinstance(rule, WaitsAtMost):
        return wait <= timedelta(hours=rule.hours)
    assert isinstance(rule, Waits)
    return wait >= timedelta(hours=rule.hours) - timedelta(days=slack)


def _kept(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    """One person throughout in the groups for which that is a hard rule."""
    for group in problem.course.keeps:
        people = {
            claim.resource_id
            for placed in plan.sessions
            for claim in placed.claims
            for need in problem.visits[placed.key].needs
            if need.continuity == group and need.party == claim.party
        }
        one = problem.kept.get(group)
        if one is not None and not people <= {one}:
            yield f"another {group}"
        if len(people) > 1:
            yield f"more than one {group}"
    for placed in plan.sessions:
        for need in problem.visits[placed.key].needs:
            serving = {c.resource_id for c in placed.claims if c.party == need.party}
            if need.apart_from and plan.kept.get(need.apart_from) in serving:
                yield f"{placed.key} is served by the {need.apart_from}"
