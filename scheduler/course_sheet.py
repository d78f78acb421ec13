"""A course's sessions as its page lists them: window, appointment, what may follow."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from courses.errors import Refusal
from courses.models import Course, ProtocolStep, Session, VisitType
from courses.rules.ending import refuse_completion
from courses.rules.resting import resting_on
from courses.rules.shapes import CourseShape, Placement, SessionShape, StepShape
from courses.rules.turns import in_turn
from courses.rules.windows import deviations
from courses.shapes import course_shape
from scheduler.clearance import not_cleared
from scheduler.closed_visits import closed_then, closures_over
from scheduler.models import Appointment
from scheduler.rules import MOVABLE, NOT_OVER
from scheduler.site_clock import on_clock


@dataclass(frozen=True)
class SessionRow:
    """A session with its newest appointment and its window in words."""

    session: Session
    appointment: Appointment | None
    window: str
    first_day: date | None = None
    broken: tuple[str, ...] = ()
    not_cleared: str = ""
    closed: str = ""

    @property
    def starts(self) -> datetime | None:
        """Return the start on the site's clock."""
        return None if self.appointment is None else _local(self.appointment)

    @property
    def is_placed(self) -> bool:
        """Tell whether the session has a time that it holds."""
        return self.appointment is not None and self.appointment.is_live

    @property
    def is_held(self) -> bool:
        """Tell whether the session's time still has to be confirmed."""
        held = Appointment.Status.HELD
        return self.appointment is not None and self.appointment.status == held

    @property
    def is_over(self) -> bool:
        """Tell whether no visit of the session is on the calendar or going on."""
        return self.appointment is None or self.appointment.status not in NOT_OVER

    def is_to_come(self, now: datetime) -> bool:
        """Tell whether ending the course would cancel the session's visit."""
        return (
            self.appointment is not None
            and self.appointment.status in MOVABLE
            and self.appointment.starts_at > now
        )

    @property
    def can_move(self) -> bool:
        """Tell whether the session's visit may be given another time."""
        return self.appointment is not None and self.appointment.status in MOVABLE

    @property
    def can_be_placed(self) -> bool:
        """Tell whether the session waits for a time."""
        return (
            not self.is_placed
            and self.session.status in (Session.Status.OPEN, Session.Status.MISSED)
            and self.session.visit_type.is_placed
        )


def session_rows(course: Course) -> list[SessionRow]:
    """Return the sessions in their order (eight queries)."""
    appointments = (
        Appointment.objects.filter(session__course=course)
        .select_related("site", "session__visit_type", "session__course__prescriber")
        .prefetch_related("claims__resource")
    )
    newest = {
        appointment.session_id: appointment
        for appointment in appointments.order_by("created_at")
    }
    sessions = list(course.sessions.select_related("visit_type"))
    placements = _placements(newest)
    shape = in_turn(course_shape(course), placements)
    omitted = [s.pk for s in sessions if s.status == Session.Status.OMITTED]
    windows = _Windows(shape, omitted, newest)
    broken, uncleared = _broken_at(shape, placements), not_cleared(newest.values())
    closed = closed_then(newest.values(), closures_over(newest.values()))
    rows = []
    for session in sessions:
        appointment = newest.get(session.pk)
        row = SessionRow(
            session,
            appointment,
            windows.text(session.pk),
            windows.first_day(session.pk),
        )
        if appointment is not None and appointment.is_live:
            row = replace(
                row,
                broken=tuple(broken[appointment.starts_at]),
                not_cleared=uncleared.get(appointment.pk, ""),
                closed=closed.get(appointment.pk, ""),
            )
        rows.append(row)
    return rows


def _placements(newest: Mapping[UUID, Appointment]) -> dict[str, Placement]:
    return {
        str(session_id): Placement(placed.starts_at, placed.ends_at, placed.site.zone)
        for session_id, placed in newest.items()
        if placed.is_live
    }


def _broken_at(
    shape: CourseShape, placements: Mapping[str, Placement]
) -> Mapping[datetime, list[str]]:
    """Return what the placed sessions break, by their start: no two share one."""
    broken: dict[datetime, list[str]] = defaultdict(list)
    for deviation in deviations(shape, placements):
        if deviation.at is not None:
            broken[deviation.at].append(deviation.sentence)
    return broken


def incompleteness(rows: Iterable[SessionRow]) -> Refusal | None:
    """Return why a course with these sessions isn't complete, if it isn't."""
    listed = list(rows)
    doses = [
        row.session.status
        for row in listed
        if row.session.visit_type.kind == VisitType.Kind.DOSING
    ]
    return refuse_completion(
        doses_given=doses.count(Session.Status.DONE),
        doses_open=sum(status in Session.NOT_OVER for status in doses),
        visits_left=sum(not row.is_over for row in listed),
    )


class _Windows:
    """When the sessions of a course may be, as far as it is known."""

    def __init__(
        self,
        course: CourseShape,
        omitted: Collection[UUID],
        newest: Mapping[UUID, Appointment],
    ) -> None:
        self._sessions = {session.key: session for session in course.sessions}
        self._find = course.by_code().get
        self._kept = self._sessions.keys() - {str(key) for key in omitted}
        self._placed_on = {
            str(session_id): _local(appointment).date()
            for session_id, appointment in newest.items()
            if appointment.is_live
        }

    def first_day(self, session_id: UUID) -> date | None:
        """Return the first day of the session's window, once it is known."""
        session = self._sessions[str(session_id)]
        return session.earliest_on or self._in_days(session)[0]

    def text(self, session_id: UUID) -> str:
        """Return when the session may be, in days if its anchor has a day already."""
        session = self._sessions[str(session_id)]
        if session.earliest_on or session.latest_on:
            return _days(session.earliest_on, session.latest_on)
        first, last = self._in_days(session)
        if first is not None or last is not None:
            return _days(first, last)
        step, anchor = self._hung(session)
        return _relative(step, anchor) if step and anchor else ""

    def _hung(
        self, session: SessionShape
    ) -> tuple[StepShape | None, SessionShape | None]:
        """Return what the window counts from, past sessions that were left out."""
        if session.step is None:
            return None, None
        step = resting_on(session.step, self._find, self._kept)
        return step, self._find(step.anchor)

    def _in_days(self, session: SessionShape) -> tuple[date | None, date | None]:
        step, anchor = self._hung(session)
        on = self._placed_on.get(anchor.key) if anchor else None
        if step is None or on is None or step.unit != ProtocolStep.Unit.DAYS:
            return None, None
        return on + timedelta(days=step.earliest), on + timedelta(days=step.latest)


def _relative(step: StepShape, anchor: SessionShape) -> str:
    least, most, unit = step.earliest, step.latest, step.unit
    if most <= 0:
        least, most, side = -step.latest, -step.earliest, "before"
    elif least >= 0:
        side = "after"
    else:
        return f"{-least} {unit} before to {most} after {anchor.label}"
    span = f"{least}" if least == most else f"{least} to {most}"
    return f"{span} {unit} {side} {anchor.label}"


def _days(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return f"from {_day(first)}" if first else f"until {_day(last)}"
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(on: date | None) -> str:
    return f"{on:%b} {on.day}" if on else ""


def _local(appointment: Appointment) -> datetime:
    return on_clock(appointment.starts_at, appointment.site.zone)
