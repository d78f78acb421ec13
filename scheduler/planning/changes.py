"""What may be changed about a question before it is asked again, as plain values.

A pin, a ban, another sub-question and a relaxed rule are all a `Change`. Each has a
short text, so that a page can carry it as a form field and a command print it, and
names sessions by their step, so that it still means the same when a trial makes the
sessions anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from courses.rules.shapes import CourseShape, SessionShape, SpacingShape, StepShape
from scheduler.planning.calendar import Calendars, ResourceCalendar, Span, ValidDays
from scheduler.planning.objective import Objective
from scheduler.planning.problem import (
    NOTHING_DEMANDED,
    CourseProblem,
    Demand,
)
from scheduler.planning.timeline import first_instant_at

DAY = timedelta(days=1)
# What somebody asks for; the rest changes rules, or what is looked for.
DEMANDING = frozenset({"on", "at", "off", "served", "without", "weekday_off"})
# What must be read from the database anew.
READ_ANEW = frozenset({"site", "within", "sooner", "unpin"})


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change: its kind, what it is about, and to what.

    `about` is the code of a session, the kind of a spacing rule or a continuity
    group; empty for all visits.
    """

    kind: str
    about: str = ""
    value: str = ""

    @property
    def text(self) -> str:
        """Return the change as a form field carries it."""
        return f"{self.kind}:{self.about}:{self.value}"


def read_changes(text: str) -> tuple[Change, ...]:
    """Return the changes that the text names; what makes no sense is left out."""
    found = []
    for word in text.split():
        kind, _, rest = word.partition(":")
        about, _, value = rest.partition(":")
        change = Change(kind, about, value)
        if kind in READ_ANEW or (kind in _CHANGES and _makes_sense(change)):
            found.append(change)
    return tuple(dict.fromkeys(found))


def text_of(changes: Iterable[Change]) -> str:
    """Return the changes as one text."""
    return " ".join(change.text for change in changes)


def _makes_sense(change: Change) -> bool:
    try:
        _READERS.get(change.kind, str)(change.value)
    except ValueError:
        return False
    return True


def changed(problem: CourseProblem, changes: Iterable[Change]) -> CourseProblem:
    """Return the problem with all of the changes made.

    What must be read anew is left as it is: who read the problem has done that.
    """
    for change in sorted(changes, key=lambda change: change.kind == "unbound"):
        if change.kind in _CHANGES:
            problem = _CHANGES[change.kind](problem, change)
    return problem


def code_of(session: SessionShape) -> str:
    """Return what names a session for good: its step's code, or else its key."""
    return session.step.code if session.step is not None else session.key


def session_of(course: CourseShape, code: str) -> SessionShape | None:
    """Return the session with that code."""
    return next((s for s in course.sessions if code_of(s) == code), None)


# --- what is asked for ------------------------------------------------------------


def _demand(problem: CourseProblem, about: str, demand: Demand) -> CourseProblem:
    session = session_of(problem.course, about)
    if about and (session is None or session.key not in problem.visits):
        return problem
    key = session.key if session else ""
    so_far = problem.demands.get(key, NOTHING_DEMANDED)
    return replace(problem, demands={**problem.demands, key: demand.and_also(so_far)})


def _on(problem: CourseProblem, change: Change) -> CourseProblem:
    return _demand(problem, change.about, Demand(on=date.fromisoformat(change.value)))


def _at(problem: CourseProblem, change: Change) -> CourseProblem:
    return _demand(problem, change.about, Demand(starts_at=instant(change.value)))


def _off(problem: CourseProblem, change: Change) -> CourseProblem:
    days = frozenset({date.fromisoformat(change.value)})
    return _demand(problem, change.about, Demand(not_on=days))


def _weekday_off(problem: CourseProblem, change: Change) -> CourseProblem:
    days = frozenset(
        on for on in days_of(problem.calendars) if on.weekday() == int(change.value)
    )
    return _demand(problem, change.about, Demand(not_on=days))


def _served(problem: CourseProblem, change: Change) -> CourseProblem:
    party, resource_id = party_and_resource(change.value)
    return _demand(problem, change.about, Demand(serving={party: resource_id}))


def _without(problem: CourseProblem, change: Change) -> CourseProblem:
    nobody = frozenset({UUID(change.value)})
    return _demand(problem, change.about, Demand(not_served_by=nobody))


def _unbound(problem: CourseProblem, change: Change) -> CourseProblem:
    """Drop one part of what is insisted on for a session, or for all of them."""
    session = session_of(problem.course, change.about)
    key = session.key if session else ""
    if key not in problem.demands:
        return problem
    nothing = getattr(NOTHING_DEMANDED, change.value)
    demand = replace(problem.demands[key], **{change.value: nothing})
    return replace(problem, demands={**problem.demands, key: demand})


# --- what is looked for -----------------------------------------------------------


def _led(problem: CourseProblem, change: Change) -> CourseProblem:
    course = replace(problem.course, keeps=problem.course.keeps | {change.about})
    kept = {**problem.kept, change.about: UUID(change.value)}
    return replace(problem, course=course, kept=kept)


def _begin(problem: CourseProblem, change: Change) -> CourseProblem:
    start_on = max(problem.first_day, date.fromisoformat(change.value))
    wish = replace(problem.preferences, start_on=start_on)
    return replace(problem, preferences=wish)


def _hours(problem: CourseProblem, change: Change) -> CourseProblem:
    earliest, latest = hours(change.value)
    wish = replace(problem.preferences, earliest=earliest, latest=latest)
    return replace(problem, preferences=wish)


def _first(problem: CourseProblem, change: Change) -> CourseProblem:
    order = [term for term in problem.objective.order if term != change.value]
    order.insert(min(2, len(order)), change.value)
    return replace(problem, objective=Objective(tuple(order)))


# --- rules ------------------------------------------------------------------------


def _wider(problem: CourseProblem, change: Change) -> CourseProblem:
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
    )


def _closer(problem: CourseProblem, change: Change) -> CourseProblem:
    days = int(change.value)

    def eased(rule: SpacingShape) -> SpacingShape:
        if rule.kind != change.about:
            return rule
        by = days if rule.kind == "longest_span" else -days
        return replace(rule, days=max(rule.days + by, 0))

    spacing = tuple(eased(rule) for rule in problem.course.spacing)
    return replace(problem, course=replace(problem.course, spacing=spacing))


def _dosing_day(problem: CourseProblem, change: Change) -> CourseProblem:
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


def _anybody(problem: CourseProblem, change: Change) -> CourseProblem:
    keeps = problem.course.keeps - {change.about}
    return replace(problem, course=replace(problem.course, keeps=keeps))


def _open(problem: CourseProblem, change: Change) -> CourseProblem:
    """Suppose that everybody kept usual hours on a day, and nothing were closed."""
    calendars, on = problem.calendars, date.fromisoformat(change.value)
    resources = tuple(
        _opened(calendars, resource, on) for resource in calendars.resources
    )
    return replace(problem, calendars=replace(calendars, resources=resources))


def _renew(problem: CourseProblem, change: Change) -> CourseProblem:
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
    closed = tuple(piece for span in resource.closed for piece in _outside(span, day))
    is_open = any(s < day.ends_at and day.starts_at < e for s, e in resource.open)
    usual = None if is_open else usual_hours(calendars, resource)
    opened = resource.open
    if usual is not None:
        begin, end = (first_instant_at(calendars.zone, on, wall) for wall in usual)
        opened = tuple(sorted((*opened, Span(begin, end))))
    return replace(resource, open=opened, closed=closed)


def _outside(span: Span, day: Span) -> Iterable[Span]:
    for begin, end in (
        (span.starts_at, min(span.ends_at, day.starts_at)),
        (max(span.starts_at, day.ends_at), span.ends_at),
    ):
        if begin < end:
            yield Span(begin, end)


def usual_hours(
    calendars: Calendars, resource: ResourceCalendar
) -> tuple[time, time] | None:
    """Return the opening that the resource has most often, on the site's clock."""
    openings = Counter(
        (
            span.starts_at.astimezone(calendars.zone).time(),
            span.ends_at.astimezone(calendars.zone).time(),
        )
        for span in resource.open
    )
    longest = [o for o in openings.most_common() if o[0][0] < o[0][1]]
    return longest[0][0] if longest else None


# --- their values -----------------------------------------------------------------


def days_of(calendars: Calendars) -> list[date]:
    """Return every day that the calendars hold."""
    days = (calendars.last_on - calendars.first_on).days + 1
    return [calendars.first_on + DAY * number for number in range(days)]


def instant(text: str) -> datetime:
    """Return the instant that was written as in `instant_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H%MZ").replace(tzinfo=UTC)


def instant_text(at: datetime) -> str:
    """Return an instant as a change carries it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H%MZ}"


def hours(text: str) -> tuple[time | None, time | None]:
    """Return the hours of "1200-" or "-1200"."""
    earliest, _, latest = text.partition("-")
    return _clock(earliest), _clock(latest)


def _clock(text: str) -> time | None:
    return time(int(text[:2]), int(text[2:])) if text else None


def sides(text: str) -> tuple[int, int]:
    """Return by how many days a window is wider, at its early and its late side."""
    early, _, late = text.partition(",")
    found = int(early), int(late or 0)
    if min(found) < 0:
        raise ValueError(text)
    return found


def party_and_resource(text: str) -> tuple[str, UUID]:
    """Return whom "therapist=..." names."""
    party, _, resource_id = text.partition("=")
    return party, UUID(resource_id)


def _weekday(text: str) -> int:
    return range(7).index(int(text))


def _part(text: str) -> str:
    if text not in Demand.__slots__:
        raise ValueError(text)
    return text


def _term(text: str) -> str:
    return text if text in Objective().order else _part(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "on": date.fromisoformat,
    "at": instant,
    "off": date.fromisoformat,
    "weekday_off": _weekday,
    "served": party_and_resource,
    "without": UUID,
    "unbound": _part,
    "led": UUID,
    "begin": date.fromisoformat,
    "hours": hours,
    "first": _term,
    "wider": sides,
    "closer": int,
    "open": date.fromisoformat,
    "renew": UUID,
}
_CHANGES: Mapping[str, Callable[[CourseProblem, Change], CourseProblem]] = {
    "on": _on,
    "at": _at,
    "off": _off,
    "weekday_off": _weekday_off,
    "served": _served,
    "without": _without,
    "unbound": _unbound,
    "led": _led,
    "begin": _begin,
    "hours": _hours,
    "first": _first,
    "wider": _wider,
    "closer": _closer,
    "dosing_day": _dosing_day,
    "anybody": _anybody,
    "open": _open,
    "renew": _renew,
}
