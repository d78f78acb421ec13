"""Give a course a session that its protocol doesn't have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from courses.actors import Actor
from courses.doses import BEGUN, kept_doses
from courses.errors import BadInput, CourseNotReady, SessionHangsElsewhere
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session, VisitType
from courses.places import make_room
from courses.rules.adding import place_of, refuse_addition
from courses.rules.days import TOO_FAR, is_too_far
from courses.rules.shapes import TREATMENT, CourseShape
from courses.session_facts import facts_of
from courses.shapes import session_rows, shape_of, spacing_shapes
from courses.transactions import action


@dataclass(frozen=True, slots=True)
class OnDays:
    """A window in calendar days; at least one of them is given."""

    earliest_on: date | None = None
    target_on: date | None = None
    latest_on: date | None = None


@dataclass(frozen=True, slots=True)
class DaysFrom:
    """A window in days from another session of the course, before it if negative."""

    anchor: Session
    earliest: int
    target: int
    latest: int


@dataclass(frozen=True, slots=True)
class _Request:
    visit_type: VisitType
    label: str
    window: OnDays | DaysFrom
    pair_of: Session | None
    after: Session | None

    @property
    def is_dose(self) -> bool:
        return self.visit_type.kind == VisitType.Kind.DOSING


@action
def add_session(
    *,
    course: Course,
    visit_type: VisitType,
    label: str,
    window: OnDays | DaysFrom,
    pair_of: Session | None = None,
    after: Session | None = None,
    reason: str = "",
    session_id: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> Session:
    """Make the course have one more open session, once; `session_id` is the form's own.

    `pair_of` is the dose that it belongs to. `after` is the session behind which it
    stands in the course's order, which doses keep; left out, its window says so. A
    dose that comes next then counts from an added one. Raises BadInput,
    SessionHangsElsewhere, and CourseNotReady when its window and the rules of the
    protocol can't all be met.
    """
    locked = lock_active_course(course.pk)
    rows = session_rows(locked)
    first_click = next((row for row in rows if row.pk == session_id), None)
    if first_click is not None:
        return first_click
    request = _Request(visit_type, " ".join(label.split()), window, pair_of, after)
    _check(request, rows)
    _check_days(request.window, now.date())
    session = _session(locked, request)
    if session_id is not None:
        session.pk = session_id
    spacing = spacing_shapes(locked.protocol_id)
    before = shape_of(locked, list(map(facts_of, rows)), spacing)
    place = _place(request, rows, before)
    session.position = rows[place - 1].position + 1 if place else 0
    with_session = [*rows[:place], session, *rows[place:]]
    with_it = shape_of(locked, list(map(facts_of, with_session)), spacing)
    refusal = refuse_addition(before, with_it, _omitted(rows))
    if refusal is not None:
        raise CourseNotReady(refusal)
    make_room(locked, behind=session.position - 1, rooms=1)
    session.save(force_insert=True)
    record(
        CourseEvent.Kind.SESSION_ADDED,
        course=locked,
        session=session,
        details={"label": session.label, "reason": reason.strip()},
        actor=actor,
        now=now,
    )
    return session


def _session(course: Course, request: _Request) -> Session:
    session = Session(
        course=course,
        visit_type=request.visit_type,
        label=request.label,
        pair_of=request.pair_of,
    )
    match request.window:
        case OnDays(earliest_on, target_on, latest_on):
            session.earliest_on = earliest_on
            session.target_on = target_on
            session.latest_on = latest_on
        case DaysFrom(anchor, earliest, target, latest):
            session.anchor = anchor
            session.earliest_days = earliest
            session.target_days = target
            session.latest_days = latest
    return session


def _check(request: _Request, rows: Sequence[Session]) -> None:
    if not request.label:
        raise BadInput.because("Give the session a name.")
    if len(request.label) > 80:
        raise BadInput.because("Give the session a name of at most 80 letters.")
    if request.label.casefold() in {row.label.casefold() for row in rows}:
        raise BadInput.because(
            f"This course has a session called {request.label} already. "
            "Give the new one another name."
        )
    named = [request.pair_of, request.after]
    match request.window:
        case OnDays(earliest_on, target_on, latest_on):
            days = [day for day in (earliest_on, target_on, latest_on) if day]
            if not days:
                raise BadInput.because("Say on which days the session may be.")
            is_in_order = days == sorted(days)
        case DaysFrom(anchor, earliest, target, latest):
            is_in_order = earliest <= target <= latest
            named.append(anchor)
    if not is_in_order:
        raise BadInput.because(
            "Give the earliest, the target and the latest day in that order."
        )
    _check_named(request, [one for one in named if one is not None], rows)


def _check_days(window: OnDays | DaysFrom, today: date) -> None:
    if isinstance(window, OnDays):
        days = (window.earliest_on, window.target_on, window.latest_on)
        if any(day is not None and is_too_far(day, today) for day in days):
            raise BadInput.because(TOO_FAR)


def _check_named(
    request: _Request, named: Sequence[Session], rows: Sequence[Session]
) -> None:
    current = {row.pk: row for row in rows}
    for one in named:
        if one.pk not in current:
            raise SessionHangsElsewhere
        if current[one.pk].status == Session.Status.OMITTED:
            raise BadInput.because(
                f"{one.label} was left out of the course. Choose another session."
            )
    dose = request.pair_of
    is_dose = dose is not None and dose.visit_type.kind == VisitType.Kind.DOSING
    if dose is not None and (request.is_dose or not is_dose):
        raise BadInput.because(
            "Only a visit that isn't a dose itself can belong to a dose."
        )


def _place(request: _Request, rows: Sequence[Session], course: CourseShape) -> int:
    """Return how many sessions of the course stand before the new one."""
    keys = [row.pk for row in rows]
    if request.after is not None:
        place = keys.index(request.after.pk) + 1
    elif isinstance(request.window, DaysFrom):
        anchor, target = request.window.anchor, request.window.target
        place = place_of(course, str(anchor.pk), target)
    else:
        place = _behind_its_like(request, rows)
    if request.is_dose:
        given = [
            n
            for n, d in enumerate(rows, 1)
            if d in kept_doses(rows) and d.status in BEGUN
        ]
        place = max([place, *given])
    elif request.pair_of is not None:
        place = max(place, keys.index(request.pair_of.pk) + 1)
    return place


def _behind_its_like(request: _Request, rows: Sequence[Session]) -> int:
    kind = request.visit_type.kind
    like = {kind} if request.is_dose else TREATMENT
    if kind not in TREATMENT:
        return len(rows)
    return max(
        [n for n, row in enumerate(rows, 1) if row.visit_type.kind in like],
        default=len(rows),
    )


def _omitted(rows: Sequence[Session]) -> frozenset[str]:
    return frozenset(
        str(row.pk) for row in rows if row.status == Session.Status.OMITTED
    )
