"""A plan as its page shows it: visits, costs, what else there is, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from courses.errors import Refusal
from scheduler.course_plans import CoursePlan, PlannedVisit
from scheduler.models import Resource
from scheduler.plan_news import gist
from scheduler.plan_trials import Trial, fingerprint
from scheduler.planning.alternatives import alternatives
from scheduler.planning.changes import Change, instant_text, text_of
from scheduler.planning.objective import Cost
from scheduler.planning.phrasing import phrase
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan
from scheduler.planning.relaxing import MOST_TRIES, Relaxation, Relaxations, relaxations
from scheduler.planning.tallying import Line, differences, tally
from scheduler.planning.wording import day_text
from scheduler.site_clock import on_clock

# Where a plan leaves windows, fewer changes are tried than where there is none.
MOST_TRIES_FOR_WINDOWS = 30


@dataclass(frozen=True)
class Ask:
    """One thing that can be asked for with a press of a button."""

    text: str
    label: str


@dataclass(frozen=True)
class ShownVisit:
    """One row of a plan, on the site's clock."""

    label: str
    starts: datetime
    ends: datetime
    who: str
    reason: str
    deviations: tuple[str, ...]
    asks: tuple[Ask, ...] = ()
    asks_of_all: tuple[Ask, ...] = ()
    # Where it is; empty when all visits are at one site.
    site: str = ""


@dataclass(frozen=True)
class ShownPlan:
    """A plan that can be accepted: what was seen of it, and what it asks for."""

    visits: tuple[ShownVisit, ...]
    seen: str
    shown: str
    changes: str
    overrides: tuple[Refusal, ...]
    other_deviations: tuple[str, ...]


@dataclass(frozen=True)
class ShownAlternative:
    """Another plan, with how it differs from the best one."""

    sentence: str
    differs: tuple[str, ...]
    plan: ShownPlan


@dataclass(frozen=True)
class ShownRelaxation:
    """A change that helps, and what the plan that it gives costs."""

    sentence: str
    needs: str
    costs: tuple[str, ...]
    # What pressing its button asks for; empty where somebody else must act first.
    changes: str
    # The appointment to be moved before this course is planned again.
    first: UUID | None = None


@dataclass(frozen=True)
class PlanSheet:
    """All that the page and the command say about a trial."""

    plan: ShownPlan | None
    lines: tuple[Line, ...] = ()
    windows_left: int = 0
    # Why no plan keeps every window, where this one doesn't.
    why_left: tuple[Refusal, ...] = ()
    alternatives: tuple[ShownAlternative, ...] = ()
    relaxations: tuple[ShownRelaxation, ...] = ()
    tried: int = 0
    obstacles: tuple[Refusal, ...] = ()


def plan_sheet(trial: Trial) -> PlanSheet:
    """Return what there is to say about a trial."""
    if isinstance(trial.answer, NoPlan):
        helpful = _helpful(trial, trial.asked)
        return PlanSheet(
            plan=None,
            obstacles=trial.answer.refusals,
            relaxations=_shown_relaxations(trial, helpful),
            tried=helpful.tried,
        )
    return _sheet_of(trial, trial.answer)


def _sheet_of(trial: Trial, plan: Plan) -> PlanSheet:
    found = trial.told(plan)
    names = _Names(trial)
    kept = {**plan.kept, **trial.ruled.kept}
    why_left: tuple[Refusal, ...] = ()
    helpful = Relaxations()
    if found.cost.broken_windows:
        strict = replace(trial.asked, slack_days=0)
        proof = find_plan(strict)
        if isinstance(proof, NoPlan):
            why_left = proof.refusals
            helpful = _helpful(trial, strict, MOST_TRIES_FOR_WINDOWS)
    others = alternatives(trial.asked, plan)
    return PlanSheet(
        plan=_shown_plan(trial, found, names),
        lines=tally(trial.judging, plan.sessions, kept),
        windows_left=found.cost.broken_windows,
        why_left=why_left,
        alternatives=tuple(
            ShownAlternative(
                sentence=other.sentence,
                differs=other.differs,
                plan=_shown_plan(trial, trial.told(other.plan, other.changes), names),
            )
            for other in others
        ),
        relaxations=_shown_relaxations(trial, helpful, found.cost),
        tried=helpful.tried,
    )


def chips(trial: Trial | None, changes: Sequence[Change]) -> list[Ask]:
    """Return what is asked for, each to be taken back."""
    return [
        Ask(change.text, phrase(trial.asked, change) if trial else change.text)
        for change in changes
    ]


# --- what would help --------------------------------------------------------------


def _helpful(
    trial: Trial, problem: CourseProblem, most_tries: int = MOST_TRIES
) -> Relaxations:
    return relaxations(
        problem,
        sites=trial.other_sites(),
        reread=lambda change: _as_strict(trial.reread(change), problem),
        most_tries=most_tries,
    )


def _as_strict(
    again: CourseProblem | None, problem: CourseProblem
) -> CourseProblem | None:
    return again and replace(again, slack_days=problem.slack_days)


def _shown_relaxations(
    trial: Trial, helpful: Relaxations, instead_of: Cost | None = None
) -> tuple[ShownRelaxation, ...]:
    return tuple(
        ShownRelaxation(
            sentence=relaxation.sentence,
            needs=relaxation.needs,
            costs=_costs(trial, relaxation, instead_of),
            changes="" if relaxation.needs in _ELSEWHERE else _asked(relaxation),
            first=_first_to_move(trial, relaxation),
        )
        for relaxation in helpful.found
    )


# What is done on other pages, before the course is planned again.
_ELSEWHERE = frozenset({"manager", "move"})


def _first_to_move(trial: Trial, relaxation: Relaxation) -> UUID | None:
    moves = (change for change in relaxation.changes if change.kind == "unpin")
    found = (trial.appointment_of(change) for change in moves)
    return next((moving.pk for moving in found if moving is not None), None)


def _asked(relaxation: Relaxation) -> str:
    return text_of(relaxation.changes)


def _costs(
    trial: Trial, relaxation: Relaxation, instead_of: Cost | None
) -> tuple[str, ...]:
    plan, problem = relaxation.plan, relaxation.problem
    zone = problem.calendars.zone
    first = plan.sessions[0].starts_at.astimezone(zone).date()
    last = plan.sessions[-1].starts_at.astimezone(zone).date()
    span = f"{day_text(first)} to {day_text(last)}, {last.year}"
    if first == last:
        span = f"on {day_text(first)}, {first.year}"
    if instead_of is not None:
        return (span, *differences(instead_of, plan.cost))
    kept = {**plan.kept, **trial.ruled.kept}
    judging = replace(trial.judging, calendars=problem.calendars)
    lines = tally(judging, plan.sessions, kept)
    told = [line.text for line in lines if line.term in _TELLING]
    overridden = [broken.sentence for broken in relaxation.overrides]
    return (span, *told, *overridden)


_TELLING = frozenset(
    {"broken_windows", "other_therapist", "told_again", "not_preferred"}
)


# --- visits -----------------------------------------------------------------------


class _Names:
    """The names of all resources of a trial, and which of them are people."""

    def __init__(self, trial: Trial) -> None:
        self._known = {
            resource.resource_id: (resource.name, resource.kind)
            for resource in trial.asked.calendars.resources
        }

    def __getitem__(self, resource_id: UUID) -> str:
        if resource_id not in self._known:
            row = Resource.objects.get(pk=resource_id)
            self._known[resource_id] = (row.name, row.kind)
        return self._known[resource_id][0]

    def is_person(self, resource_id: UUID) -> bool:
        return bool(self[resource_id]) and self._known[resource_id][1] == "person"


def _shown_plan(trial: Trial, plan: CoursePlan, names: _Names) -> ShownPlan:
    ordered = sorted(plan.visits, key=lambda visit: visit.starts_at)
    labels = {visit.label for visit in plan.visits}
    return ShownPlan(
        visits=tuple(_shown(visit, plan, names) for visit in ordered),
        seen=fingerprint(plan),
        shown=gist(
            [
                (v.label, v.starts_at, {names[c.resource_id] for c in v.claims})
                for v in ordered
            ]
        ),
        changes=text_of(plan.changes),
        overrides=plan.overrides,
        other_deviations=tuple(
            found.sentence for found in plan.deviations if found.session not in labels
        ),
    )


def _shown(visit: PlannedVisit, plan: CoursePlan, names: _Names) -> ShownVisit:
    serving = list(dict.fromkeys(claim.resource_id for claim in visit.claims))
    starts = on_clock(visit.starts_at, plan.site.zone)
    code = visit.step or str(visit.session_id)
    people = [one for one in serving if names.is_person(one)]
    return ShownVisit(
        label=visit.label,
        starts=starts,
        ends=on_clock(visit.ends_at, plan.site.zone),
        who=", ".join(names[one] for one in serving),
        reason=visit.reason,
        deviations=tuple(
            deviation.sentence
            for deviation in plan.deviations
            if deviation.session == visit.label
        ),
        asks=tuple(_asks(code, visit, starts, people, names)),
        asks_of_all=tuple(_asks_of_all(starts, people, names)),
        site=plan.site_of(visit).name if len(plan.sites) > 1 else "",
    )


def _asks(
    code: str,
    visit: PlannedVisit,
    starts: datetime,
    people: list[UUID],
    names: _Names,
) -> list[Ask]:
    day = starts.date().isoformat()
    return [
        Ask(Change("on", code, day).text, "Keep this day"),
        Ask(Change("at", code, instant_text(visit.starts_at)).text, "Keep this time"),
        Ask(Change("off", code, day).text, "Not on this day"),
        *(
            Ask(Change("without", code, str(one)).text, f"Not with {names[one]}")
            for one in people
        ),
    ]


def _asks_of_all(starts: datetime, people: list[UUID], names: _Names) -> list[Ask]:
    day = starts.date()
    return [
        Ask(Change("off", "", day.isoformat()).text, f"Not on {day_text(day)}"),
        Ask(
            Change("weekday_off", "", str(day.weekday())).text,
            f"Never on {starts:%A}s",
        ),
        *(
            Ask(Change("without", "", str(one)).text, f"Not with {names[one]}")
            for one in people
        ),
    ]
