"""Small clinics and protocols made at random, and the same question asked by force.

The oracle tries every start and every staffing. It shares with the planner only the
plain values, the clinic's own window rules and the count of a finished plan's cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, product
from math import prod
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.rules.shapes import (
    CourseShape,
    Placement,
    SessionShape,
    SpacingShape,
    StepShape,
)
from courses.rules.windows import deviations
from scheduler.planning.calendar import (
    Busy,
    Calendars,
    Need,
    PlannedClaim,
    ResourceCalendar,
    Span,
    Stay,
    ValidDays,
    Visit,
)
from scheduler.planning.costing import cost_of
from scheduler.planning.objective import Objective
from scheduler.planning.problem import (
    CourseProblem,
    Demand,
    PlannedSession,
    Preferences,
    Told,
)
from tests.scheduler.planning.two_sites import (
    grid_of,
    is_reached,
    patient_at,
    resources_at,
    stays_of,
)

NEW_YORK = ZoneInfo("America/New_York")
# An ordinary week, and the weeks in which clocks go forward and back.
FIRST_DAYS = (date(2026, 5, 4), date(2026, 3, 5), date(2026, 10, 29))
SKILLS = ("prescriber", "nurse", "therapist", "room")


def wall(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), NEW_YORK).astimezone(UTC)


def a_problem(random: Random) -> CourseProblem:
    """Up to four sessions, four resources and nine days, on a grid of an hour."""
    first_on = random.choice(FIRST_DAYS)
    days = random.randint(3, 6)
    last_on = first_on + timedelta(days=days - 1)
    calendars = Calendars(
        zone=NEW_YORK,
        first_on=first_on,
        last_on=last_on,
        resources=tuple(_resources(random, first_on, days)),
        grid_minutes=60,
        patient_busy=_patient_busy(random, first_on, days),
    )
    course, visits = _course(random, first_on)
    pinned = _pinned(random, course, visits, first_on)
    people = [
        r.resource_id for r in calendars.resources if "therapist" in r.capabilities
    ]
    kept = (
        {"therapist": random.choice(people)} if people and random.random() < 0.4 else {}
    )
    if random.random() < 0.3:
        kept["prescriber"] = random.choice(calendars.resources).resource_id
    return CourseProblem(
        course=course,
        visits=visits,
        calendars=calendars,
        not_before=wall(first_on, random.choice((0, 0, 9))),
        preferences=_preferences(random, first_on),
        pinned=pinned,
        kept=kept,
        slack_days=random.choice((0, 1, 2, 7)),
    )


def with_demands(random: Random, problem: CourseProblem) -> CourseProblem:
    """The same problem, where some sessions are told already or insisted on."""
    first_on = problem.calendars.first_on
    days = (problem.calendars.last_on - first_on).days + 1
    ids = [resource.resource_id for resource in problem.calendars.resources]
    told: dict[str, Told] = {}
    demands: dict[str, Demand] = {}
    for key, visit in problem.visits.items():
        if key in problem.pinned:
            continue
        on = first_on + timedelta(days=random.randrange(days))
        at = wall(on, random.choice((0, 1, 9, 10)))
        if random.random() < 0.5:
            end = at + timedelta(minutes=visit.patient_minutes)
            parties = {need.party for need in visit.needs}
            serving = {party: random.choice(ids) for party in sorted(parties)}
            told[key] = Told(Placement(at, end, NEW_YORK), serving)
        if random.random() < 0.3:
            demands[key] = _a_demand(random, visit, on, at, ids)
    if random.random() < 0.2:
        demands[""] = Demand(not_on=frozenset({first_on + timedelta(days=1)}))
    keeps = frozenset(g for g in ("therapist", "prescriber") if random.random() < 0.3)
    course = replace(problem.course, keeps=keeps)
    return replace(problem, told=told, demands=demands, course=course)


def with_protocol_rules(random: Random, problem: CourseProblem) -> CourseProblem:
    """The same problem under rules that only some protocols have."""
    course = problem.course
    sessions = tuple(
        replace(s, step=s.step and _with_step_rules(random, s.step, course))
        for s in course.sessions
    )
    spacing = course.spacing
    about = random.choice([session.kind for session in course.sessions])
    if random.random() < 0.6:
        kind = random.choice(("minimum_gap", "most_in_days", "longest_span"))
        count = random.randint(1, 2) if kind == "most_in_days" else None
        days = random.randint(1, 5)
        is_hard = random.random() < 0.5
        spacing = (*spacing, SpacingShape(kind, days, count, is_hard, about))
    course = replace(
        course,
        sessions=sessions,
        spacing=spacing,
        finishes_early=random.random() < 0.5,
        keeps=frozenset(g for g in ("therapist",) if random.random() < 0.5),
    )
    visits = {
        key: replace(visit, needs=tuple(_apart(random, visit.needs)))
        for key, visit in problem.visits.items()
    }
    return replace(
        problem, course=course, visits=visits, objective=Objective.of(course)
    )


def _with_step_rules(random: Random, step: StepShape, course: CourseShape) -> StepShape:
    codes = [s.step.code for s in course.sessions if s.step and s.step is not step]
    if codes and random.random() < 0.3:
        step = replace(step, before=random.choice(codes), is_before_hard=False)
    if step.anchor and random.random() < 0.4:
        step = replace(step, maximum_hours=random.choice((2, 20, 24, 48, 72)))
    return step


def _apart(random: Random, needs: Sequence[Need]) -> Iterator[Need]:
    """Let some parties be served by anybody but the therapist."""
    parties = sorted({need.party for need in needs if not need.continuity})
    apart = {party for party in parties if random.random() < 0.4}
    for need in needs:
        yield need._replace(apart_from="therapist") if need.party in apart else need


def _a_demand(
    random: Random, visit: Visit, on: date, at: datetime, ids: list[UUID]
) -> Demand:
    which = random.randrange(5)
    some = frozenset({random.choice(ids)})
    parties = sorted({need.party for need in visit.needs})
    if which == 0:
        return Demand(on=on)
    if which == 1:
        return Demand(starts_at=at)
    if which == 2:
        return Demand(not_on=frozenset({on}))
    if which == 3 and parties:
        return Demand(serving={random.choice(parties): random.choice(ids)})
    return Demand(not_served_by=some)


def _resources(random: Random, first_on: date, days: int) -> Iterator[ResourceCalendar]:
    for number in range(random.randint(3, 4)):
        skills = random.sample(SKILLS, random.randint(2, 4))
        capacity = random.choice((1, 1, 2))
        yield ResourceCalendar(
            resource_id=UUID(int=number + 1),
            name=f"Resource {number}",
            kind="person",
            capacity=capacity,
            capabilities={skill: (_valid(random, first_on),) for skill in skills},
            open=tuple(_opening(random, first_on, days)),
            closed=tuple(_some_spans(random, first_on, days, 0.1)),
            busy=tuple(
                Busy(unit, *span)
                for unit in range(capacity)
                for span in _some_spans(random, first_on, days, 0.15)
            ),
        )


def _valid(random: Random, first_on: date) -> ValidDays:
    if random.random() < 0.8:
        return ValidDays(None, None)
    first = first_on + timedelta(days=random.randint(-1, 2))
    return ValidDays(first, first + timedelta(days=random.randint(1, 6)))


def _opening(random: Random, first_on: date, days: int) -> Iterator[Span]:
    for day in range(days):
        if random.random() < 0.85:
            on = first_on + timedelta(days=day)
            # Early hours, so that clock changes lie inside them.
            opens = random.choice((0, 1, 9, 9))
            yield Span(wall(on, opens), wall(on, opens + random.choice((2, 2, 3))))


def _some_spans(
    random: Random, first_on: date, days: int, share: float
) -> Iterator[Span]:
    for day in range(days):
        if random.random() < share:
            begin = wall(first_on + timedelta(days=day), random.choice((0, 2, 9, 10)))
            yield Span(begin, begin + timedelta(minutes=random.choice((30, 60, 180))))


def _patient_busy(random: Random, first_on: date, days: int) -> tuple[Stay, ...]:
    return tuple(Stay(*span) for span in _some_spans(random, first_on, days, 0.05))


def _course(random: Random, first_on: date) -> tuple[CourseShape, dict[str, Visit]]:
    count = random.choice((2, 3, 3, 4))
    kinds = [
        random.choice(("dosing", "dosing", "integration", "call")) for _ in range(count)
    ]
    sessions, visits = [], {}
    for number, kind in enumerate(kinds):
        code = f"S{number}"
        anchors = [f"S{n}" for n in range(number)]
        step = _step(random, code, kind, anchors)
        own = random.random() < 0.1
        sessions.append(
            SessionShape(
                key=code,
                label=f"Session {number}",
                kind=kind,
                step=step,
                earliest_on=first_on + timedelta(days=1) if own else None,
                latest_on=first_on + timedelta(days=5) if own else None,
            )
        )
        visits[code] = _visit(random, code, kind)
    spacing = tuple(_spacing(random)) if random.random() < 0.7 else ()
    if len(sessions) > 2 and random.random() < 0.2:
        # A remote measure: it stays in the course, but has no place of its own.
        del visits[random.choice(list(visits)[1:])]
    return CourseShape(tuple(sessions), spacing), visits


def _step(random: Random, code: str, kind: str, anchors: Sequence[str]) -> StepShape:
    if not anchors:
        return StepShape(code=code, name=code, kind=kind)
    in_hours = random.random() < 0.25
    unit = 24 if in_hours else 1
    earliest = random.randint(-2, 3) * unit
    latest = earliest + random.randint(0, 3) * unit
    return StepShape(
        code=code,
        name=code,
        kind=kind,
        anchor=random.choice(anchors) if random.random() < 0.9 else "",
        anchor_edge=random.choice(("start", "end")),
        unit="hours" if in_hours else "days",
        target=random.randint(earliest, latest),
        earliest=earliest,
        latest=latest,
        is_hard=random.random() < 0.4,
        after=random.choice(anchors) if random.random() < 0.2 else "",
        before=random.choice(anchors) if random.random() < 0.1 else "",
        minimum_hours=random.choice((0, 0, 16, 30)) if earliest >= 0 else 0,
        is_allowed_on_dosing_day=random.random() < 0.6,
    )


def _visit(random: Random, code: str, kind: str) -> Visit:
    needs: list[Need] = []
    for skill in random.sample(SKILLS, random.choice((0, 1, 1, 2))):
        group = skill if skill in ("therapist", "prescriber") else ""
        group = group if random.random() < 0.8 else ""
        if random.random() < 0.3:
            needs.append(Need(skill, skill, 0, 20, random.choice((1, 2)), group))
            needs.append(Need(skill, skill, random.choice((10, 20)), 50, 1, group))
        else:
            minutes = random.choice((45, 60, 75))
            needs.append(Need(skill, skill, random.choice((0, 5)), minutes, 1, group))
    return Visit(
        key=code,
        label=code,
        kind=kind,
        patient_minutes=random.choice((30, 60, 90)),
        needs=tuple(needs),
        is_remote=kind == "call",
    )


def _spacing(random: Random) -> Iterator[SpacingShape]:
    is_hard = random.random() < 0.5
    yield SpacingShape("minimum_gap", random.randint(1, 3), None, is_hard)
    if random.random() < 0.5:
        yield SpacingShape(
            "most_in_days", random.randint(2, 6), 2, random.random() < 0.5
        )
    if random.random() < 0.5:
        yield SpacingShape(
            "longest_span", random.randint(2, 6), None, random.random() < 0.5
        )


def _pinned(
    random: Random, course: CourseShape, visits: Mapping[str, Visit], first_on: date
) -> dict[str, Placement]:
    if len(visits) < 2 or random.random() < 0.7:
        return {}
    key = next(iter(visits))
    on = first_on + timedelta(days=random.randint(-3, 3))
    starts_at = wall(on, 9)
    ends_at = starts_at + timedelta(minutes=visits[key].patient_minutes)
    return {key: Placement(starts_at, ends_at, NEW_YORK)}


def _preferences(random: Random, first_on: date) -> Preferences:
    some = frozenset(random.sample(range(7), 4))
    return Preferences(
        start_on=first_on + timedelta(days=1) if random.random() < 0.3 else None,
        weekdays=some if random.random() < 0.4 else None,
        earliest=time(2, 30) if random.random() < 0.2 else None,
        latest=time(11) if random.random() < 0.2 else None,
        start_within_days=30,
    )


# --- the oracle -----------------------------------------------------------------


def least_cost(problem: CourseProblem) -> int | None:
    """The packed cost of the best plan, found by trying everything; None if none."""
    mains = _mains(problem)
    best: int | None = None
    for chosen in _combinations(problem, _choices(problem)):
        cost = cost_of(problem, [start.session for start in chosen], {})
        if cost.broken_windows and not problem.slack_days:
            # Without slack, soft rules are kept like hard ones.
            continue
        sums = []
        for number in range(len(mains)):
            costs = [start.people[number] for start in chosen]
            known = [cost for cost in costs if cost is not None]
            if len(known) == len(costs):
                sums.append(sum(known))
        if not sums:
            # Nobody can be the one who must serve all of them.
            continue
        people = min(sums)
        total = problem.objective.packed(cost) + people
        best = total if best is None else min(best, total)
    return best


@dataclass(frozen=True)
class Start:
    """One start of a session, with what its best staffing costs under each main."""

    session: PlannedSession
    people: tuple[int | None, ...]

    @property
    def key(self) -> tuple[str, datetime]:
        return self.session.key, self.session.starts_at


def ways_to_try(problem: CourseProblem) -> int:
    """How many ways there are to give every session some start, sensible or not."""
    return prod(len(starts) for starts in _choices(problem))


def _choices(problem: CourseProblem) -> list[list[Start]]:
    """Every start of each session that has no time yet."""
    mains = _mains(problem)
    return [
        list(_starts(problem, session, mains))
        for session in problem.course.sessions
        if session.key in problem.visits and session.key not in problem.pinned
    ]


def _mains(problem: CourseProblem) -> list[dict[str, UUID]]:
    """Every way to choose whom the course keeps, those included whom it names."""
    mains = [dict(problem.kept)]
    for group in sorted({"therapist", *problem.course.keeps} - problem.kept.keys()):
        able: set[UUID] = set()
        for key, visit in problem.visits.items():
            needs = tuple(n for n in visit.needs if n.continuity == group)
            if needs and key not in problem.pinned:
                able |= _able(problem, replace(visit, needs=needs))
        if able:
            mains = [{**main, group: who} for main in mains for who in sorted(able)]
    return mains


def _combinations(
    problem: CourseProblem, choices: list[list[Start]]
) -> Iterator[list[Start]]:
    """Every allowed way to choose one start each; pairs that clash are skipped."""
    clashes = {
        (one.key, other.key)
        for mine, theirs in combinations(choices, 2)
        for one in mine
        for other in theirs
        if not _is_allowed(problem, [one.session, other.session])
    }

    def extended(chosen: list[Start], left: list[list[Start]]) -> Iterator[list[Start]]:
        if not left:
            if _is_allowed(problem, [start.session for start in chosen]):
                yield chosen
            return
        for start in left[0]:
            if all((c.key, start.key) not in clashes for c in chosen):
                yield from extended([*chosen, start], left[1:])

    return extended([], choices)


def _is_allowed(problem: CourseProblem, sessions: list[PlannedSession]) -> bool:
    if not _all_reached(problem, sessions):
        return False
    everything: list[PlannedSession | Placement] = [*sessions, *problem.pinned.values()]
    for one, other in combinations(everything, 2):
        if _span_end(problem, one, other) > other.starts_at and (
            _span_end(problem, other, one) > one.starts_at
        ):
            return False
    planned = {s.key: Placement(s.starts_at, s.ends_at, NEW_YORK) for s in sessions}
    placed = {**problem.pinned, **planned}
    before = {(r.rule, r.sentence) for r in deviations(problem.course, problem.pinned)}
    for broken in deviations(problem.course, placed):
        if broken.is_hard and (broken.rule, broken.sentence) not in before:
            return False
    return (
        _kept_in_order(problem, placed)
        and _within_slack(problem, placed, planned)
        and _orders_within_slack(problem, placed, planned)
    )


def _all_reached(problem: CourseProblem, sessions: list[PlannedSession]) -> bool:
    """Whether the patient gets from each of these to all others in time."""
    stays = [Stay(s.starts_at, s.ends_at, patient_at(problem, s.key)) for s in sessions]
    others = stays_of(problem)
    return all(is_reached(problem, a, b) for a, b in combinations(stays, 2)) and all(
        is_reached(problem, a, b) for a, b in product(stays, others)
    )


def _span_end(
    problem: CourseProblem,
    one: PlannedSession | Placement,
    other: PlannedSession | Placement,
) -> datetime:
    """When the patient leaves, or the last claim ends that could bar the other."""
    if isinstance(one, Placement) or isinstance(other, Placement):
        return one.ends_at
    mine, theirs = problem.visits[one.key], problem.visits[other.key]
    if _able(problem, mine) & _able(problem, theirs):
        return one.starts_at + timedelta(minutes=mine.reach)
    return one.ends_at


def _able(problem: CourseProblem, visit: Visit) -> set[UUID]:
    parties = {need.party for need in visit.needs}
    return {
        resource.resource_id
        for resource in resources_at(problem, visit)
        for party in parties
        if all(
            need.capability in resource.capabilities and need.units <= resource.capacity
            for need in visit.needs
            if need.party == party
        )
    }


def _kept_in_order(problem: CourseProblem, placed: Mapping[str, Placement]) -> bool:
    """Doses, and whatever has a spacing rule, come in the order of the course."""
    kinds = {"dosing", *(rule.about for rule in problem.course.spacing)}
    keys = [
        (s.kind, s.key)
        for s in problem.course.sessions
        if s.kind in kinds and s.key in placed
    ]
    return all(
        kind != other_kind
        or placed[one].ends_at <= placed[other].starts_at
        or {one, other} <= set(problem.pinned)
        for (kind, one), (other_kind, other) in combinations(keys, 2)
    )


def _orders_within_slack(
    problem: CourseProblem,
    placed: Mapping[str, Placement],
    planned: Mapping[str, Placement],
) -> bool:
    codes = problem.course.by_code()
    for session in problem.course.sessions:
        step = session.step
        if step is None or step.is_before_hard or not step.before:
            continue
        ends = session.key, codes[step.before].key
        if placed.keys() >= {*ends} and planned.keys() & {*ends}:
            mine, other = placed[ends[0]], placed[ends[1]]
            late = max((mine.on - other.on).days, 1)
            if mine.ends_at > other.starts_at and late > problem.slack_days:
                return False
    return True


def _within_slack(
    problem: CourseProblem,
    placed: Mapping[str, Placement],
    planned: Mapping[str, Placement],
) -> bool:
    """Soft windows may be left by `slack_days`, never to the anchor's other side."""
    codes = problem.course.by_code()
    kept = {*problem.visits, *problem.pinned}
    for session in problem.course.sessions:
        step = session.step
        if step is None or session.key not in placed or not step.anchor:
            continue
        while step.anchor and codes[step.anchor].key not in kept:
            # The measure in between has no place: add its window to this one.
            middle = codes[step.anchor].step
            assert middle is not None
            step = _added(step, middle)
        if not step.anchor or codes[step.anchor].key not in placed:
            continue
        anchor = codes[step.anchor].key
        if not planned.keys() & {session.key, anchor}:
            continue
        if not _is_near(problem, step, placed[session.key], placed[anchor]):
            return False
    return True


def _added(step: StepShape, middle: StepShape) -> StepShape:
    def days(shape: StepShape) -> tuple[int, int, int]:
        if shape.unit == "days":
            return shape.target, shape.earliest, shape.latest
        return shape.target // 24, shape.earliest // 24, -(-shape.latest // 24)

    mine, theirs = days(step), days(middle)
    return replace(
        step,
        anchor=middle.anchor,
        anchor_edge=middle.anchor_edge,
        unit="days",
        target=mine[0] + theirs[0],
        earliest=mine[1] + theirs[1],
        latest=mine[2] + theirs[2],
        minimum_hours=0,
    )


def _is_near(
    problem: CourseProblem, step: StepShape, mine: Placement, theirs: Placement
) -> bool:
    slack = problem.slack_days
    minute = timedelta(minutes=1)
    if step.unit == "days":
        away, unit, nearest = (mine.on - theirs.on).days, 1, 1
    else:
        edge = theirs.ends_at if step.anchor_edge == "end" else theirs.starts_at
        away, unit, nearest = (mine.starts_at - edge) // minute, 60, 0
    earliest, latest = step.earliest * unit, step.latest * unit
    room = 0 if step.is_hard else slack * (1 if unit == 1 else 24 * 60)
    is_near = earliest - room <= away <= latest + room
    if step.earliest >= 0:
        is_near = is_near and away >= min(earliest, nearest)
    if step.latest <= 0:
        is_near = is_near and away <= max(latest, -nearest)
    if step.minimum_hours:
        short = theirs.ends_at + timedelta(hours=step.minimum_hours) - mine.starts_at
        is_near = is_near and short <= timedelta(days=slack)
    if not slack:
        is_near = is_near and earliest <= away <= latest
    return is_near


def _starts(
    problem: CourseProblem, session: SessionShape, mains: Sequence[Mapping[str, UUID]]
) -> Iterator[Start]:
    calendars, visit = problem.calendars, problem.visits[session.key]
    resources = resources_at(problem, visit)
    place = patient_at(problem, session.key)
    at = wall(calendars.first_on, 0)
    end = wall(calendars.last_on + timedelta(days=1), 0)
    while at < end:
        local = at.astimezone(NEW_YORK)
        ends_at = at + timedelta(minutes=visit.patient_minutes)
        last = (ends_at - timedelta(minutes=1)).astimezone(NEW_YORK)
        wish = problem.preferences.start_on
        if (
            at >= problem.not_before
            and local.date() == last.date()
            and (wish is None or local.date() >= wish)
            and all(
                is_reached(problem, Stay(at, ends_at, place), stay)
                for stay in calendars.patient_busy
            )
        ):
            people = tuple(_staffing_costs(problem, session.key, at, mains, resources))
            if any(cost is not None for cost in people):
                planned = PlannedSession(session.key, session.label, at, ends_at, ())
                yield Start(planned, people)
        at += timedelta(minutes=grid_of(problem, visit))


def _staffing_costs(
    problem: CourseProblem,
    key: str,
    at: datetime,
    mains: Sequence[Mapping[str, UUID]],
    resources: Sequence[ResourceCalendar],
) -> Iterator[int | None]:
    """What the best staffing costs under each choice of whom to keep, or None."""
    visit = problem.visits[key]
    parties = list(dict.fromkeys(need.party for need in visit.needs))
    demand = problem.demanded(key)
    on = at.astimezone(NEW_YORK).date()
    if (demand.on not in (None, on)) or on in demand.not_on:
        return
    if demand.starts_at not in (None, at):
        return
    possible = []
    for served in product(resources, repeat=len(parties)):
        if len({r.resource_id for r in served}) == len(served) and all(
            _units(resource, [n for n in visit.needs if n.party == party], at)
            is not None
            and demand.serving.get(party, resource.resource_id) == resource.resource_id
            and resource.resource_id not in demand.not_served_by
            for party, resource in zip(parties, served, strict=True)
        ):
            possible.append(dict(zip(parties, served, strict=True)))
    for kept in mains:
        costs = (
            _people_cost(problem, visit, served, kept)
            + _changed(problem, key, at, served)
            for served in possible
            if _keeps_all(problem, visit, served, kept)
            and not _is_barred(visit, served, kept)
        )
        yield min(costs, default=None)


def _keeps_all(
    problem: CourseProblem,
    visit: Visit,
    served: Mapping[str, ResourceCalendar],
    kept: Mapping[str, UUID],
) -> bool:
    """Nobody new in a group that one resource must serve throughout."""
    return all(
        kept.get(need.continuity) in (None, served[need.party].resource_id)
        for need in visit.needs
        if need.continuity in problem.course.keeps
    )


def _is_barred(
    visit: Visit, served: Mapping[str, ResourceCalendar], kept: Mapping[str, UUID]
) -> bool:
    return any(
        need.apart_from and kept.get(need.apart_from) == served[need.party].resource_id
        for need in visit.needs
    )


def _changed(
    problem: CourseProblem,
    key: str,
    at: datetime,
    served: Mapping[str, ResourceCalendar],
) -> int:
    """What new people cost in a visit that keeps the time its patient was told."""
    told = problem.told.get(key)
    if told is None or told.placement.starts_at != at:
        return 0
    changed = sum(
        told.serving.get(party, one.resource_id) != one.resource_id
        for party, one in served.items()
    )
    return changed * problem.objective.weights["restaffed"]


def _people_cost(
    problem: CourseProblem,
    visit: Visit,
    served: Mapping[str, ResourceCalendar],
    kept: Mapping[str, UUID],
) -> int:
    cost = 0
    for party, resource in served.items():
        needs = [need for need in visit.needs if need.party == party]
        spare = len(resource.capabilities) - len({n.capability for n in needs})
        cost += spare * problem.objective.weights["scarce_skills"]
        for group in {need.continuity for need in needs if need.continuity}:
            if kept.get(group, resource.resource_id) != resource.resource_id:
                cost += problem.objective.weights[f"other_{group}"]
    return cost


def _units(
    resource: ResourceCalendar, needs: Sequence[Need], at: datetime
) -> tuple[PlannedClaim, ...] | None:
    on = at.astimezone(NEW_YORK).date()
    for need in needs:
        valid = resource.capabilities.get(need.capability, ())
        if not any((f is None or f <= on) and (u is None or on <= u) for f, u in valid):
            return None
    units = [list(combinations(range(resource.capacity), n.units)) for n in needs]
    for given in product(*units):
        claims = [
            PlannedClaim(
                need.party,
                resource.resource_id,
                unit,
                at + timedelta(minutes=need.starts_after),
                at + timedelta(minutes=need.starts_after + need.minutes),
            )
            for need, some in zip(needs, given, strict=True)
            for unit in some
        ]
        if _are_free(resource, claims):
            return tuple(claims)
    return None


def _are_free(resource: ResourceCalendar, claims: list[PlannedClaim]) -> bool:
    for one, other in combinations(claims, 2):
        if one.unit == other.unit and _meet(one, other):
            return False
    return all(
        any(s <= c.starts_at and c.ends_at <= e for s, e in resource.open)
        and not any(s < c.ends_at and c.starts_at < e for s, e in resource.closed)
        and not any(b.unit == c.unit and _meet(b, c) for b in resource.busy)
        for c in claims
    )


def _meet(one: Busy | PlannedClaim, other: PlannedClaim) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at
