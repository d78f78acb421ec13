"""Rules, hours and credentials as they would be if somebody relaxed or renewed them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

from courses.rules.shapes import SessionShape, SpacingShape, StepShape
from scheduler.planning.calendar import (
    Calendars,
    Opening,
    ResourceCalendar,
    Span,
    ValidDays,
)
from scheduler.planning.changes import Change, code_of, sides
from scheduler.planning.problem import CourseProblem
from scheduler.planning.timeline import first_instant_at

DAY = timedelta(days=1)


def wider(problem: CourseProblem, change: Change) -> CourseProblem:
    early, late = sides(change.value)

    def widened(session: SessionShape) -> SessionShape:
        first, last = session.earliest_on, session.latest_on
        return replace(
            session,
            step=session.step and _wider_step(session.step, early, late),
            earliest_on=first and first - DAY * early,
            latest_on=last and last + DAY * late,
        )

    return _with_session(problem, change.about, widened)


def _wider_step(step: StepShape, early: int, late: int) -> StepShape:
    unit = 24 if step.unit == "hours" else 1
    return replace(
        step,
        earliest=step.earliest - early * unit,
        latest=step.latest + late * unit,
        minimum_hours=max(step.minimum_hours - 24 * early, 0),
        # 0 means that there is no such limit.
        maximum_hours=step.maximum_hours and step.maximum_hours + 24 * late,
    )


def closer(problem: CourseProblem, change: Change) -> CourseProblem:
    days = int(change.value)

    def eased(rule: SpacingShape) -> SpacingShape:
        if rule.kind != change.about:
            return rule
        by = days if rule.kind == "longest_span" else -days
        return replace(rule, days=max(rule.days + by, 0))

    spacing = tuple(eased(rule) for rule in problem.course.spacing)
    return replace(problem, course=replace(problem.course, spacing=spacing))


def dosing_day(problem: CourseProblem, change: Change) -> CourseProblem:
    def allowed(session: SessionShape) -> SessionShape:
        step = session.step
        return replace(
            session, step=step and replace(step, is_allowed_on_dosing_day=True)
        )

    return _with_session(problem, change.about, allowed)


def _with_session(
    problem: CourseProblem,
    code: str,
    change: Callable[[SessionShape], SessionShape],
) -> CourseProblem:
    sessions = tuple(
        change(session) if code_of(session) == code else session
        for session in problem.course.sessions
    )
    return replace(problem, course=replace(problem.course, sessions=sessions))


def anybody(problem: CourseProblem, change: Change) -> CourseProblem:
    keeps = problem.course.keeps - {change.about}
    return replace(problem, course=replace(problem.course, keeps=keeps))


def opened(problem: CourseProblem, change: Change) -> CourseProblem:
    """Suppose that everybody kept usual hours on a day, and nothing were closed."""
    calendars, on = problem.calendars, date.fromisoformat(change.value)
    resources = tuple(
        _opened(calendars, resource, on) for resource in calendars.resources
    )
    return replace(problem, calendars=replace(calendars, resources=resources))


def renewed(problem: CourseProblem, change: Change) -> CourseProblem:
    """Suppose that all credentials of somebody were valid throughout."""
    always = (ValidDays(None, None),)
    resources = tuple(
        replace(resource, capabilities=dict.fromkeys(resource.capabilities, always))
        if resource.resource_id == UUID(change.value)
        else resource
        for resource in problem.calendars.resources
    )
    return replace(problem, calendars=replace(problem.calendars, resources=resources))


def _opened(
    calendars: Calendars, resource: ResourceCalendar, on: date
) -> ResourceCalendar:
    day = Span(
        first_instant_at(calendars.zone, on, time.min),
        first_instant_at(calendars.zone, on + DAY, time.min),
    )

    def there(hours: Opening) -> Opening:
        shut = tuple(piece for span in hours.closed for piece in _outside(span, day))
        is_open = any(s < day.ends_at and day.starts_at < e for s, e in hours.open)
        usual = None if is_open else usual_hours(calendars, hours.open)
        if usual is None:
            return Opening(hours.open, shut)
        begin, end = (first_instant_at(calendars.zone, on, wall) for wall in usual)
        return Opening(tuple(sorted((*hours.open, Span(begin, end)))), shut)

    here = there(Opening(resource.open, resource.closed))
    elsewhere = {site: there(hours) for site, hours in resource.elsewhere.items()}
    return replace(resource, open=here.open, closed=here.closed, elsewhere=elsewhere)


def _outside(span: Span, day: Span) -> Iterable[Span]:
    for begin, end in (
        (span.starts_at, min(span.ends_at, day.starts_at)),
        (max(span.starts_at, day.ends_at), span.ends_at),
    ):
        if begin < end:
            yield Span(begin, end)


def usual_hours(
    calendars: Calendars, openings: Iterable[Span]
) -> tuple[time, time] | None:
    """Return the opening that is there most often, on the site's clock."""
    counted = Counter(
        (
            span.starts_at.astimezone(calendars.zone).time(),
            span.ends_at.astimezone(calendars.zone).time(),
        )
        for span in openings
    )
    longest = [o for o in counted.most_common() if o[0][0] < o[0][1]]
    return longest[0][0] if longest else None
