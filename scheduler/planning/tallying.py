"""What a plan costs, in words: each line counts something that a person can check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from courses.errors import Refusal
from courses.rules.shapes import Placement
from courses.rules.windows import deviations
from courses.rules.wording import counted
from scheduler.planning.continuity import served_by_others
from scheduler.planning.costing import cost_of, shares_of
from scheduler.planning.objective import TERMS, Cost
from scheduler.planning.problem import TREATMENT, CourseProblem, Plan, PlannedSession
from scheduler.planning.wording import day_text, listed

MINUTE = timedelta(minutes=1)
# What each term says of one unit, "1 visit ...", and of more.
_COUNTED = {
    "other_therapist": ("visit", "with another therapist"),
    "told_again": ("visit", "at another time than the patient was told"),
    "not_preferred": ("wish", "missed"),
    "off_target": ("day", "off the target days"),
    "other_prescriber": ("visit", "with another prescriber"),
    "restaffed": ("change", "of who serves a visit that keeps its time"),
    "scarce_skills": ("skill", "that others may need is tied up meanwhile"),
}
# A visit that is off its target by less is not worth naming.
_NAMED = frozenset({"other_therapist", "told_again", "not_preferred", "off_target"})


@dataclass(frozen=True, slots=True)
class Line:
    """One term of a plan's cost: how much it is, and what that is made of."""

    term: str
    number: int
    text: str


def tally(
    problem: CourseProblem, sessions: Sequence[PlannedSession], kept: Mapping[str, UUID]
) -> tuple[Line, ...]:
    """Return what the plan costs, in the order of importance; zeros are left out."""
    cost = cost_of(problem, sessions, kept)
    shares = shares_of(problem, sessions, kept)
    labels = {session.key: session.label for session in problem.course.sessions}
    lines = []
    for term in TERMS:
        number = int(getattr(cost, term))
        if not number:
            text = _kept_text(problem, sessions, term, kept)
            lines += [Line(term, 0, text)] if text else []
            continue
        text = _text(problem, sessions, term, cost)
        if text:
            named = _named(shares.get(term, []), labels) if term in _NAMED else ""
            if term == "broken_windows":
                named = _named(shares["days_outside"], labels)
            lines.append(Line(term, number, f"{text}{named}"))
    return tuple(lines)


def _kept_text(
    problem: CourseProblem,
    sessions: Sequence[PlannedSession],
    term: str,
    kept: Mapping[str, UUID],
) -> str:
    """Return what is good about a term that costs nothing; "" if that says nothing."""
    if term == "broken_windows":
        return "every window and spacing rule is kept"
    if term == "other_therapist" and "therapist" in kept:
        serving = {claim.resource_id for s in sessions for claim in s.claims}
        if kept["therapist"] in serving:
            name = problem.calendars.by_id[kept["therapist"]].name
            return f"{name} is the therapist throughout"
    return ""


def _named(shares: Sequence[tuple[str, int]], labels: Mapping[str, str]) -> str:
    sums: dict[str, int] = {}
    for key, number in shares:
        sums[key] = sums.get(key, 0) + number
    names = [
        f"{labels[key]} ({number})" if number > 1 else labels[key]
        for key, number in sums.items()
        if number
    ]
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    return f": {listed(names)}" if names else ""


def _text(
    problem: CourseProblem, sessions: Sequence[PlannedSession], term: str, cost: Cost
) -> str:
    if term == "broken_windows":
        plural = "" if cost.broken_windows == 1 else "s"
        return (
            f"{cost.broken_windows} window{plural} or spacing rule{plural} left, by "
            f"{counted(cost.days_outside, 'day')} in total"
        )
    if term == "finish_day":
        return _finish_text(problem, sessions, cost)
    if term == "trips":
        return f"{counted(cost.trips, 'trip')} to the clinic"
    if term == "minutes_into_day":
        return _start_text(cost.minutes_into_day // max(len(sessions), 1))
    if term in _COUNTED:
        thing, said = _COUNTED[term]
        number = int(getattr(cost, term))
        things = f"{number} wishes" if thing == "wish" and number != 1 else None
        text = f"{things or counted(number, thing)} {said}"
        return text if number == 1 else text.replace(" is tied", " are tied")
    return ""


def _finish_text(
    problem: CourseProblem, sessions: Sequence[PlannedSession], cost: Cost
) -> str:
    kinds = {session.key: session.kind for session in problem.course.sessions}
    treatment = [s for s in sessions if kinds[s.key] in TREATMENT]
    if not treatment or not cost.finish_day:
        return ""
    last = max(treatment, key=lambda session: session.starts_at)
    on = last.starts_at.astimezone(problem.calendars.zone).date()
    return (
        f"the last treatment visit is on {day_text(on)}, "
        f"{counted(cost.finish_day, 'day')} after the first possible day"
    )


def _start_text(minutes: int) -> str:
    return f"visits begin at {minutes // 60:02}:{minutes % 60:02} on average"


# --- compared ---------------------------------------------------------------------


def differences(mine: Cost, theirs: Cost) -> tuple[str, ...]:
    """Return how another plan's cost differs from the best one's, term by term."""
    return tuple(
        _difference(term, int(getattr(theirs, term)) - int(getattr(mine, term)))
        for term in TERMS
        if term not in _SILENT and getattr(theirs, term) != getattr(mine, term)
    )


# These break ties between plans; nobody chooses by them.
_SILENT = frozenset({"minutes_into_day", "scarce_skills"})
_MORE = {
    "broken_windows": "window left",
    "days_outside": "day outside windows",
    "other_therapist": "visit with another therapist",
    "told_again": "visit at another time than told",
    "not_preferred": "wish missed",
    "off_target": "day off target",
    "other_prescriber": "visit with another prescriber",
    "restaffed": "change of staff",
    "trips": "trip",
}


def _difference(term: str, number: int) -> str:
    if term == "finish_day":
        side = "later" if number > 0 else "earlier"
        return f"finishes {counted(abs(number), 'day')} {side}"
    more = "more" if number > 0 else "fewer"
    thing, _, rest = _MORE[term].partition(" ")
    plural = {"wish": "wishes"}.get(thing, f"{thing}s")
    said = thing if abs(number) == 1 else plural
    return f"{abs(number)} {more} {said} {rest}".strip()


# --- in the course's own rules ----------------------------------------------------


def judged(problem: CourseProblem, plan: Plan, kept: Mapping[str, UUID]) -> Plan:
    """Return a plan of a changed problem with what it costs under the rules here."""
    return replace(
        plan,
        cost=cost_of(problem, plan.sessions, kept),
        deviations=broken_by(problem, plan.sessions, plan.kept),
    )


def broken_by(
    problem: CourseProblem, sessions: Sequence[PlannedSession], kept: Mapping[str, UUID]
) -> tuple[Refusal, ...]:
    """Return the rules that the plan breaks, without what the pinned ones broke.

    `kept` names whom this plan keeps, who need not be whom the course has now.
    """
    zone = problem.calendars.zone
    planned = {s.key: Placement(s.starts_at, s.ends_at, zone) for s in sessions}
    before = set(deviations(problem.course, problem.pinned))
    after = deviations(problem.course, {**problem.pinned, **planned})
    left = served_by_others(
        [(problem.visits[s.key], s.starts_at, s.claims) for s in sessions],
        keeps=problem.course.keeps,
        kept=kept,
        names={r.resource_id: r.name for r in problem.calendars.resources},
    )
    return (*(broken for broken in after if broken not in before), *left)
