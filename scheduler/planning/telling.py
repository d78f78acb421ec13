"""The plan in full: who serves each visit, and why it lies where it lies."""

from collections.abc import Mapping
from dataclasses import replace

from courses.rules.shapes import Placement, SessionShape
from courses.rules.windows import deviations
from courses.rules.wording import counted
from scheduler.planning.calendar import Fit
from scheduler.planning.compiling import resting_on
from scheduler.planning.fitting import fit_visit
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession
from scheduler.planning.relations import Option
from scheduler.planning.staffing import NOBODY, Keeping
from scheduler.planning.wanting import rather_of
from scheduler.planning.wording import days_text


def told_plan(
    problem: CourseProblem,
    free: FreeTimes,
    packed: int,
    starts: Mapping[str, Option],
    keeping: Keeping,
) -> Plan:
    """Return the plan that places each session at its start, with its reasons."""
    sessions = []
    days = {key: option.day for key, option in starts.items()}
    line = free.timeline
    days |= {key: line.day_number(pin.on) for key, pin in problem.pinned.items()}
    for session in problem.course.sessions:
        if session.key in starts:
            fit = _fit(problem, free, session.key, starts[session.key], keeping)
            reason = _reason(problem, session, days, fit, keeping)
            sessions.append(
                PlannedSession(
                    session.key,
                    session.label,
                    fit.starts_at,
                    fit.ends_at,
                    fit.claims,
                    reason,
                )
            )
    return Plan(
        sessions=tuple(sorted(sessions, key=lambda placed: placed.starts_at)),
        cost=problem.objective.unpacked(packed),
        deviations=deviations(problem.course, placements(problem, sessions)),
        kept=keeping.preferred,
    )


def placements(
    problem: CourseProblem, sessions: list[PlannedSession]
) -> dict[str, Placement]:
    """Return when every placed session is, pinned ones included."""
    zone = problem.calendars.zone
    planned = {
        placed.key: Placement(placed.starts_at, placed.ends_at, zone)
        for placed in sessions
    }
    return {**problem.pinned, **planned}


def _fit(
    problem: CourseProblem,
    free: FreeTimes,
    key: str,
    option: Option,
    keeping: Keeping,
) -> Fit:
    starts_at = free.timeline.instant(option.start)
    told = problem.told.get(key)
    is_told = told is not None and told.placement.starts_at == starts_at
    fit = fit_visit(
        visit=problem.visits[key],
        starts_at=starts_at,
        zone=problem.calendars.zone,
        calendars=problem.calendars,
        fixed=problem.demanded(key).serving,
        free_times=free,
        keeping=replace(keeping, never=problem.demanded(key).not_served_by),
        rather=rather_of(problem, key) if is_told else NOBODY,
    )
    if not isinstance(fit, Fit):
        raise AssertionError("Planner and fitting disagree.")
    return fit


def _reason(
    problem: CourseProblem,
    session: SessionShape,
    days: Mapping[str, int],
    fit: Fit,
    keeping: Keeping,
) -> str:
    said = [
        _from_anchor(problem, session, days),
        *_missed_wishes(problem, fit),
        *_somebody_else(problem, session.key, fit, keeping),
    ]
    told = "; ".join(part for part in said if part)
    return f"{told[0].upper()}{told[1:]}."


def _from_anchor(
    problem: CourseProblem, session: SessionShape, days: Mapping[str, int]
) -> str:
    codes = problem.course.by_code()
    if session.step is None:
        return "first free time"
    step = resting_on(session.step, codes.get, days)
    anchor = codes.get(step.anchor)
    if anchor is None:
        return "first day on which the whole course fits"
    gap = days[session.key] - days[anchor.key]
    text = days_text(gap, anchor.label)
    if step.unit == "hours":
        return text
    if gap == step.target:
        return f"{text}, its target day"
    if not step.earliest <= gap <= step.latest:
        window = f"{step.earliest} to {step.latest} days"
        within = counted(problem.preferences.start_within_days, "day")
        return (
            f"{text}, outside its window of {window}: no plan that begins within "
            f"{within} keeps every window"
        )
    off = abs(gap - step.target)
    side = "after" if gap > step.target else "before"
    return f"{text}, {counted(off, 'day')} {side} its target, inside its window"


def _missed_wishes(problem: CourseProblem, fit: Fit) -> list[str]:
    wish, zone = problem.preferences, problem.calendars.zone
    starts, ends = fit.starts_at.astimezone(zone), fit.ends_at.astimezone(zone)
    missed = []
    if wish.weekdays is not None and starts.weekday() not in wish.weekdays:
        missed.append("not on a preferred day")
    if (wish.earliest and starts.time() < wish.earliest) or (
        wish.latest and ends.time() > wish.latest
    ):
        missed.append("not in the preferred hours")
    return missed


def _somebody_else(
    problem: CourseProblem, key: str, fit: Fit, keeping: Keeping
) -> list[str]:
    said = []
    for need in problem.visits[key].needs:
        kept = keeping.preferred.get(need.continuity)
        serving = fit.resource_of(need.party)
        if kept is not None and serving is not None and serving != kept:
            name = problem.calendars.by_id[serving].name
            said.append(f"{name} instead of the course's {need.continuity}")
    return list(dict.fromkeys(said))
