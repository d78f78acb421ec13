"""Checks a finished plan against the rules, minute by minute and in plain words.

Shares no code with the search: no bits, no bounds, no relations. It walks through
spans and dates as a careful person would, and counts the cost anew.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from courses.rules.shapes import Placement
from courses.rules.windows import deviations
from scheduler.planning.calendar import (
    Need,
    PlannedClaim,
    ResourceCalendar,
    Stay,
    Visit,
)
from scheduler.planning.costing import cost_of
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession
from scheduler.planning.spans import (
    Spans,
    Taken,
    ceil_minute,
    floor_minute,
    merged,
)

MINUTE = timedelta(minutes=1)

# By claim, and by what it might meet.
Table = NDArray[np.bool_]


class _Timed(Protocol):
    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


class PlanIsWrong(AssertionError):
    """The planner made a plan that breaks a rule. It is not handed out."""


def check_plan(problem: CourseProblem, plan: Plan) -> None:
    """Raise PlanIsWrong unless the plan keeps every hard rule and says its cost."""
    faults = list(faults_of(problem, plan))
    if faults:
        raise PlanIsWrong("; ".join(faults))


def faults_of(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    """Yield everything that is wrong with a plan."""
    wanted = set(problem.visits) - set(problem.pinned)
    if sorted(wanted) != sorted(session.key for session in plan.sessions):
        yield "not every session is placed once"
        return
    for session in plan.sessions:
        visit = problem.visits[session.key]
        yield from _wrong_time(problem, session, visit)
        yield from _wrong_claims(problem, session, visit)
        yield from _unwanted(problem, session)
    yield from _unavailable(problem, plan)
    yield from _not_kept(problem, plan)
    yield from _meetings(problem, plan)
    yield from _broken_rules(problem, plan)
    counted = cost_of(problem, plan.sessions, plan.kept)
    told = problem.objective.unpacked(problem.objective.packed(counted))
    if told != plan.cost:
        yield f"the cost is {told}, not {plan.cost}"


def _wrong_time(
    problem: CourseProblem, session: PlannedSession, visit: Visit
) -> Iterator[str]:
    calendars, wish = problem.calendars, problem.preferences
    grid = calendars.at(visit.site).grid_minutes
    local = session.starts_at.astimezone(calendars.zone)
    ends = session.ends_at.astimezone(calendars.zone)
    if session.ends_at - session.starts_at != visit.patient_minutes * MINUTE:
        yield f"{session.label} has the wrong length"
    told = problem.told.get(session.key)
    is_told = told is not None and told.placement.starts_at == session.starts_at
    if (local.minute % grid or local.second) and not is_told:
        yield f"{session.label} is off the grid"
    if session.starts_at < problem.not_before:
        yield f"{session.label} lies in the past"
    if wish.start_on is not None and local.date() < wish.start_on:
        yield f"{session.label} is before the first wished day"
    if (ends - MINUTE).date() != local.date():
        yield f"{session.label} doesn't end on its day"


def _unavailable(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    """Yield every claim that a resource's hours, closures or other claims forbid."""
    by_resource: dict[tuple[UUID, str], list[tuple[str, PlannedClaim]]] = {}
    for session in plan.sessions:
        site = problem.visits[session.key].site
        for claim in session.claims:
            mine = by_resource.setdefault((claim.resource_id, site), [])
            mine.append((session.label, claim))
    for (resource_id, site), claims in by_resource.items():
        yield from _refused(problem.calendars.at(site).by_id[resource_id], claims)


def _refused(
    resource: ResourceCalendar, claims: list[tuple[str, PlannedClaim]]
) -> Iterator[str]:
    openings = Spans.of(resource.open, inward=True)
    closed, taken = Spans.of(resource.closed), Taken.of(resource.busy)
    units = np.array([claim.unit for _, claim in claims])[:, None]
    begins = np.array([floor_minute(claim.starts_at) for _, claim in claims])[:, None]
    ends = np.array([ceil_minute(claim.ends_at) for _, claim in claims])[:, None]
    opened = merged(openings.begins, openings.ends)
    inside: Table = (opened[0] <= begins) & (opened[1] >= ends)
    shut: Table = (closed.begins < ends) & (closed.ends > begins)
    meets: Table = (
        (taken.begins < ends) & (taken.ends > begins) & (taken.units == units)
    )
    verdicts = zip(
        claims,
        np.logical_or.reduce(inside, axis=1).tolist(),
        np.logical_or.reduce(shut, axis=1).tolist(),
        np.logical_or.reduce(meets, axis=1).tolist(),
        strict=True,
    )
    for (label, claim), is_open, is_closed, is_taken in verdicts:
        if not 0 <= claim.unit < resource.capacity:
            yield f"{resource.name} has no unit {claim.unit}"
        if not is_open:
            yield f"{label}: {resource.name} isn't open"
        if is_closed:
            yield f"{label}: {resource.name} is closed"
        if is_taken:
            yield f"{label}: {resource.name} is taken"


def _wrong_claims(
    problem: CourseProblem, session: PlannedSession, visit: Visit
) -> Iterator[str]:
    served = {claim.party: claim.resource_id for claim in session.claims}
    if len(set(served.values())) != len(served):
        yield f"{session.label} has one resource for two parties"
    expected = sorted(
        (need.party, *_span(session.starts_at, need))
        for need in visit.needs
        for _ in range(need.units)
    )
    made = sorted((c.party, c.starts_at, c.ends_at) for c in session.claims)
    if expected != made:
        yield f"{session.label} claims something else than it needs"
        return
    for claim in session.claims:
        if claim.resource_id != served[claim.party]:
            yield f"{session.label} has two resources for {claim.party}"
    for need in visit.needs:
        resource = problem.calendars.by_id[served[need.party]]
        on = session.starts_at.astimezone(problem.calendars.zone).date()
        days = resource.capabilities.get(need.capability, ())
        if not any(
            (first is None or first <= on) and (last is None or on <= last)
            for first, last in days
        ):
            yield f"{resource.name} may not serve as {need.capability} on {on}"


def _unwanted(problem: CourseProblem, session: PlannedSession) -> Iterator[str]:
    demand = problem.demanded(session.key)
    on = session.starts_at.astimezone(problem.calendars.zone).date()
    if (demand.on is not None and on != demand.on) or on in demand.not_on:
        yield f"{session.label} may not be on {on}"
    if demand.starts_at is not None and session.starts_at != demand.starts_at:
        yield f"{session.label} was wanted at another time"
    for claim in session.claims:
        wanted = demand.serving.get(claim.party, claim.resource_id)
        if claim.resource_id != wanted or claim.resource_id in demand.not_served_by:
            yield f"{session.label} may not be served by {claim.resource_id}"


def _not_kept(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    for group in problem.course.keeps - plan.kept.keys():
        if len(set(_serving(problem, plan, group))) > 1:
            yield f"there is more than one {group}"
    for session in plan.sessions:
        served = {claim.party: claim.resource_id for claim in session.claims}
        for need in problem.visits[session.key].needs:
            kept, serving = plan.kept.get(need.continuity), served.get(need.party)
            is_kept = need.continuity in problem.course.keeps
            if is_kept and kept is not None and serving != kept:
                yield f"{session.label} has another {need.continuity}"
            if serving is not None and serving == plan.kept.get(need.apart_from):
                yield f"{session.label} is served by the {need.apart_from}"


def _serving(problem: CourseProblem, plan: Plan, group: str) -> Iterator[UUID]:
    for session in plan.sessions:
        needs = problem.visits[session.key].needs
        parties = {need.party for need in needs if need.continuity == group}
        yield from (c.resource_id for c in session.claims if c.party in parties)


def _span(starts_at: datetime, need: Need) -> tuple[datetime, datetime]:
    begins_at = starts_at + need.starts_after * MINUTE
    return begins_at, begins_at + need.minutes * MINUTE


def _meet(one: _Timed, other: _Timed) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _meetings(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    ordered = sorted(plan.sessions, key=lambda session: session.starts_at)
    for number, one in enumerate(ordered):
        yield from _met_by(one, ordered[number + 1 :])
    elsewhere: list[_Timed] = [
        *problem.pinned.values(),
        *problem.calendars.patient_busy,
    ]
    for session in plan.sessions:
        if any(_meet(session, other) for other in elsewhere):
            yield f"{session.label} meets another appointment of the patient"
        yield from _too_far(problem, plan, session)
        for a, b in combinations(session.claims, 2):
            if (a.resource_id, a.unit) == (b.resource_id, b.unit) and _meet(a, b):
                yield f"{session.label} claims one unit twice"


def _too_far(
    problem: CourseProblem, plan: Plan, session: PlannedSession
) -> Iterator[str]:
    """Yield what the patient can't reach in time on the day of a session."""
    calendars, zone = problem.calendars, problem.calendars.zone
    here, on = problem.place_of(session.key), session.starts_at.astimezone(zone).date()
    stays = [
        *(Stay(p.starts_at, p.ends_at, problem.place_of(p.key)) for p in plan.sessions),
        *(
            Stay(pin.starts_at, pin.ends_at, problem.place_of(key))
            for key, pin in problem.pinned.items()
        ),
        *calendars.patient_busy,
    ]
    for stay in stays:
        first = stay.starts_at.astimezone(zone).date()
        last = (stay.ends_at - MINUTE).astimezone(zone).date()
        if not here or not stay.site or here == stay.site or not first <= on <= last:
            continue
        wait = max(session.starts_at - stay.ends_at, stay.starts_at - session.ends_at)
        if wait < calendars.travel_between(here, stay.site) * MINUTE:
            yield f"{session.label} is too soon before or after a visit elsewhere"


def _met_by(one: PlannedSession, later: Sequence[PlannedSession]) -> Iterator[str]:
    gone = max([one.ends_at, *(claim.ends_at for claim in one.claims)])
    for other in later:
        if other.starts_at >= gone:
            return
        if _meet(one, other):
            yield f"{one.label} and {other.label} meet"
        if any(
            (a.resource_id, a.unit) == (b.resource_id, b.unit) and _meet(a, b)
            for a in one.claims
            for b in other.claims
        ):
            yield f"{one.label} and {other.label} claim the same unit"


def _broken_rules(problem: CourseProblem, plan: Plan) -> Iterator[str]:
    zone = problem.calendars.zone
    planned = {
        session.key: Placement(session.starts_at, session.ends_at, zone)
        for session in plan.sessions
    }
    # What is pinned already may break rules among itself; that isn't the plan's doing.
    before = deviations(problem.course, problem.pinned)
    for refusal in deviations(problem.course, {**problem.pinned, **planned}):
        if refusal.is_hard and refusal not in before:
            yield refusal.sentence
    for some in problem.course.in_order():
        in_order = [session for session in some if session.key in planned]
        for earlier, later in pairwise(in_order):
            if planned[later.key].starts_at < planned[earlier.key].ends_at:
                yield f"{later.label} comes before {earlier.label}"
