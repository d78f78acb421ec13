"""Other good plans, really different from the best one and from each other.

Each is the optimum of a stated question: the same course with another therapist for
all of it, begun on another day, on other weekdays, at another time of the day, or with
another term of the objective put first. So none of them can be improved on in its own
way, and what it costs against the best plan is known term by term.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from scheduler.planning.blocking import Solve
from scheduler.planning.changes import Change, code_of
from scheduler.planning.changing import changed
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.planner import best_plan
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession
from scheduler.planning.staffing import candidates_for
from scheduler.planning.tallying import differences, judged
from scheduler.planning.wording import day_text

MOST_ALTERNATIVES = 3
# Of so many who could lead a course, each is asked for.
MOST_LEADERS = 3
NOON = 12
CHOSEN = "therapist"


@dataclass(frozen=True)
class Alternative:
    """Another plan: the question that it is the best answer to, and how it differs.

    Its cost and deviations are counted as those of the best plan are.
    """

    changes: tuple[Change, ...]
    sentence: str
    differs: tuple[str, ...]
    plan: Plan
    problem: CourseProblem = field(repr=False)


def alternatives(
    problem: CourseProblem, best: Plan, *, solve: Solve = best_plan
) -> tuple[Alternative, ...]:
    """Return up to three other plans, the best first; one of each kind of question.

    A plan is different when at least a third of its visits are on another day, in the
    other half of the day, or with another therapist or prescriber.
    """
    asked = _asked(problem, best)
    found: list[tuple[int, int, Alternative]] = []
    for number, (changes, sentence) in enumerate(asked):
        alternative = _answer(problem, best, changes, sentence, solve)
        if alternative is not None:
            packed = problem.objective.packed(alternative.plan.cost)
            found.append((packed, number, alternative))
    chosen: list[Alternative] = []
    kinds: Counter[str] = Counter()
    for _, _, alternative in sorted(found, key=lambda one: one[:2]):
        plans = [best, *(other.plan for other in chosen)]
        kind = alternative.changes[0].kind
        if not kinds[kind] and all(
            is_different(problem, plan, alternative.plan) for plan in plans
        ):
            kinds[kind] += 1
            chosen.append(alternative)
    return tuple(chosen[:MOST_ALTERNATIVES])


def _answer(
    problem: CourseProblem,
    best: Plan,
    changes: tuple[Change, ...],
    sentence: str,
    solve: Solve,
) -> Alternative | None:
    asked = changed(problem, changes)
    try:
        plan = solve(asked)
    except SearchTooLong:
        return None
    if plan is None:
        return None
    # The course's own people stay the measure, whoever serves this plan.
    kept = {**plan.kept, **problem.kept}
    told = judged(problem, plan, kept)
    differs = differences(best.cost, told.cost)
    return Alternative(changes, sentence, differs, told, asked)


# --- what is asked ----------------------------------------------------------------


def _asked(
    problem: CourseProblem, best: Plan
) -> Iterator[tuple[tuple[Change, ...], str]]:
    """Yield the questions, with what each asks for."""
    yield from _other_leaders(problem, best)
    yield from _other_days(problem, best)
    yield from _other_hours(problem, best)
    yield from _other_orders(problem, best)


def _other_leaders(
    problem: CourseProblem, best: Plan
) -> Iterator[tuple[tuple[Change, ...], str]]:
    now = problem.kept.get(CHOSEN, best.kept.get(CHOSEN))
    able: dict[UUID, str] = {}
    for key in (session.key for session in best.sessions):
        visit = problem.visits[key]
        for _, needs in visit.parties:
            if any(need.continuity == CHOSEN for need in needs):
                found = candidates_for(problem.calendars_of(visit), needs)
                able.update({r.resource_id: r.name for r in found})
    others = [one for one in able if one != now]
    for one in others[:MOST_LEADERS]:
        change = Change("led", CHOSEN, str(one))
        yield (change,), f"With {able[one]} throughout"


def _other_days(
    problem: CourseProblem, best: Plan
) -> Iterator[tuple[tuple[Change, ...], str]]:
    first = _first_dose(problem, best)
    on = _day(problem, first)
    session = next(s for s in problem.course.sessions if s.key == first.key)
    change = Change("off", code_of(session), on.isoformat())
    yield (change,), f"{first.label} not on {day_text(on)}"
    begins = _day(problem, best.sessions[0])
    week = begins + timedelta(days=7)
    if week <= problem.calendars.last_on:
        yield (Change("begin", "", week.isoformat()),), "Begins a week later"
    weekdays = Counter(_day(problem, s).weekday() for s in best.sessions)
    for weekday, _ in weekdays.most_common(2):
        name = f"{date(1, 1, 1 + weekday):%A}"
        change = Change("weekday_off", "", str(weekday))
        yield (change,), f"Nothing on {name}s"


def _first_dose(problem: CourseProblem, best: Plan) -> PlannedSession:
    kinds = {session.key: session.kind for session in problem.course.sessions}
    doses = [s for s in best.sessions if kinds[s.key] == "dosing"]
    return (doses or list(best.sessions))[0]


def _other_hours(
    problem: CourseProblem, best: Plan
) -> Iterator[tuple[tuple[Change, ...], str]]:
    wish = problem.preferences
    if wish.earliest is not None or wish.latest is not None:
        return
    mornings = sum(_is_morning(problem, session) for session in best.sessions)
    if 2 * mornings >= len(best.sessions):
        yield (Change("hours", "", "1200-"),), "In the afternoons"
    else:
        yield (Change("hours", "", "-1200"),), "In the mornings"


def _other_orders(
    problem: CourseProblem, best: Plan
) -> Iterator[tuple[tuple[Change, ...], str]]:
    if best.cost.finish_day:
        change = Change("first", "", "finish_day")
        yield (change,), "Finished as early as can be"
    if best.cost.trips > 1:
        yield (Change("first", "", "trips"),), "With as few trips as can be"


# --- how different ----------------------------------------------------------------


def is_different(problem: CourseProblem, one: Plan, other: Plan) -> bool:
    """Tell whether at least a third of the visits differ in day, half-day or people."""
    visits = len(one.sessions)
    return 3 * distance(problem, one, other) >= visits


def distance(problem: CourseProblem, one: Plan, other: Plan) -> int:
    """Return how many visits are on another day or half of it, or with others."""
    mine, theirs = _gist(problem, one), _gist(problem, other)
    return sum(mine[key] != theirs.get(key) for key in mine)


def _gist(
    problem: CourseProblem, plan: Plan
) -> Mapping[str, tuple[date, bool, frozenset[UUID]]]:
    return {
        session.key: (
            _day(problem, session),
            _is_morning(problem, session),
            _people(problem, session),
        )
        for session in plan.sessions
    }


def _people(problem: CourseProblem, session: PlannedSession) -> frozenset[UUID]:
    """Return who serves the parties that a course would keep."""
    needs = problem.visits[session.key].needs
    parties = {need.party for need in needs if need.continuity}
    return frozenset(c.resource_id for c in session.claims if c.party in parties)


def _day(problem: CourseProblem, session: PlannedSession) -> date:
    return session.starts_at.astimezone(problem.calendars.zone).date()


def _is_morning(problem: CourseProblem, session: PlannedSession) -> bool:
    return session.starts_at.astimezone(problem.calendars.zone).hour < NOON
