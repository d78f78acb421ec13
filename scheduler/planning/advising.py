"""What would help, in the words of somebody who would do it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from courses.rules.shapes import SessionShape, SpacingShape
from courses.rules.wording import counted
from scheduler.planning.calendar import ResourceCalendar
from scheduler.planning.changes import Change, session_of
from scheduler.planning.problem import NOTHING_DEMANDED, CourseProblem, Demand, Plan
from scheduler.planning.wording import clock_text, day_text, listed

OVERRIDE_SAID = "as an override by a prescriber, with a reason"


def said_of(
    problem: CourseProblem, change: Change, plan: Plan, sites: Mapping[str, str]
) -> str:
    """Return what the change asks for, as what somebody would do.

    `plan` is what it gives, `problem` the question before it.
    """
    if change.kind == "site":
        return f"Plan at {sites.get(change.value, change.value)}"
    session = session_of(problem.course, change.about)
    if change.kind == "unbound":
        return _unbound(problem, session, change.value)
    if session is not None:
        return _SAID_OF_SESSION[change.kind](problem, session, change, plan)
    return _SAID[change.kind](problem, change, plan)


def _wider(
    problem: CourseProblem, session: SessionShape, change: Change, plan: Plan
) -> str:
    early, _, late = change.value.partition(",")
    days, side = (late, "later") if early == "0" else (early, "earlier")
    is_soft = (
        session.step is not None
        and not session.step.is_hard
        and session.earliest_on is None
        and session.latest_on is None
    )
    by = f"Let {session.label} be {counted(int(days), 'day')} {side} than"
    if is_soft:
        slack = counted(problem.slack_days, "day")
        return f"{by} the {slack} that it may be outside its window"
    return f"{by} its window, {OVERRIDE_SAID}"


def _dosing_day(
    problem: CourseProblem, session: SessionShape, change: Change, plan: Plan
) -> str:
    return f"Let {session.label} be on the day of a dose, {OVERRIDE_SAID}"


def _unbound(problem: CourseProblem, session: SessionShape | None, part: str) -> str:
    key = session.key if session else ""
    demand = problem.demands.get(key, NOTHING_DEMANDED)
    about = session.label if session else "all visits"
    return f"Take back for {about}: {demanded_text(problem, demand, part)}"


def demanded_text(problem: CourseProblem, demand: Demand, part: str) -> str:
    """Return one part of a demand, as "on Tue, Mar 3" or "not with Nurse A"."""
    zone = problem.calendars.zone
    if part == "on" and demand.on is not None:
        return f"on {day_text(demand.on)}"
    if part == "starts_at" and demand.starts_at is not None:
        local = demand.starts_at.astimezone(zone)
        return f"at {clock_text(local)} on {day_text(local.date())}"
    if part == "serving":
        return f"with {listed(_names(problem, demand.serving.values()))}"
    if part == "not_served_by":
        return f"not with {listed(_names(problem, demand.not_served_by))}"
    weekdays = {day.weekday() for day in demand.not_on}
    if len(demand.not_on) > 7 and len(weekdays) == 1:
        return f"never on {next(iter(demand.not_on)):%A}s"
    days = [day_text(day) for day in sorted(demand.not_on)]
    more = [*days[:3], f"{len(days) - 3} more days"] if len(days) > 4 else days
    return f"not on {listed(more)}"


def _names(problem: CourseProblem, ids: Iterable[UUID]) -> list[str]:
    by_id = problem.calendars.by_id
    return sorted(
        by_id[one].name if one in by_id else "somebody who isn't here" for one in ids
    )


def _closer(problem: CourseProblem, change: Change, plan: Plan) -> str:
    rule: SpacingShape = next(
        rule for rule in problem.course.spacing if rule.kind == change.about
    )
    days = int(change.value)
    override = f", {OVERRIDE_SAID}" if rule.is_hard else ""
    if rule.kind == "minimum_gap":
        return (
            f"Let doses be {counted(max(rule.days - days, 0), 'day')} apart instead of "
            f"{rule.days}{override}"
        )
    if rule.kind == "most_in_days":
        return (
            f"Let {counted(rule.count or 0, 'dose')} fall in any "
            f"{counted(max(rule.days - days, 0), 'day')} instead of {rule.days}"
            f"{override}"
        )
    return (
        f"Let the doses take {counted(rule.days + days, 'day')} instead of {rule.days}"
        f"{override}"
    )


def _moved(
    problem: CourseProblem, session: SessionShape, change: Change, plan: Plan
) -> str:
    to = next(placed for placed in plan.sessions if placed.key == session.key)
    local = to.starts_at.astimezone(problem.calendars.zone)
    when = f"{day_text(local.date())} at {clock_text(local)}"
    return f"Move {session.label} first, to {when}"


def _opened(problem: CourseProblem, change: Change, plan: Plan) -> str:
    on = date.fromisoformat(change.value)
    coming = sorted(
        {
            problem.calendars.by_id[claim.resource_id].name
            for session in plan.sessions
            for claim in session.claims
            if claim.starts_at.astimezone(problem.calendars.zone).date() == on
            and _is_away(problem, problem.calendars.by_id[claim.resource_id], on)
        }
    )
    return f"Open on {day_text(on)}, with {listed(coming)}"


def _is_away(problem: CourseProblem, resource: ResourceCalendar, on: date) -> bool:
    zone = problem.calendars.zone
    is_open = any(
        starts_at.astimezone(zone).date() <= on <= ends_at.astimezone(zone).date()
        for starts_at, ends_at in resource.open
    )
    is_closed = any(
        starts_at.astimezone(zone).date() <= on <= ends_at.astimezone(zone).date()
        for starts_at, ends_at in resource.closed
    )
    return not is_open or is_closed


def _renewed(problem: CourseProblem, change: Change, plan: Plan) -> str:
    resource = problem.calendars.by_id[UUID(change.value)]
    return f"Renew the credentials of {resource.name}"


def _within(problem: CourseProblem, change: Change, plan: Plan) -> str:
    first = plan.sessions[0].starts_at.astimezone(problem.calendars.zone).date()
    return f"Begin later: on {day_text(first)}"


def _sooner(problem: CourseProblem, change: Change, plan: Plan) -> str:
    first = plan.sessions[0].starts_at.astimezone(problem.calendars.zone).date()
    return f"Begin sooner: on {day_text(first)}"


def _another(problem: CourseProblem, change: Change, plan: Plan) -> str:
    return f"Let another {change.about} serve some of the visits"


_SAID: Mapping[str, Callable[[CourseProblem, Change, Plan], str]] = {
    "closer": _closer,
    "open": _opened,
    "renew": _renewed,
    "within": _within,
    "sooner": _sooner,
    "anybody": _another,
}
_SAID_OF_SESSION: Mapping[
    str, Callable[[CourseProblem, SessionShape, Change, Plan], str]
] = {"wider": _wider, "dosing_day": _dosing_day, "unpin": _moved}
