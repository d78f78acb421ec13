"""A course's sessions as its page lists them: window, appointment, what may follow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from courses.errors import Refusal
from courses.models import Course, ProtocolStep, Session, VisitType
from courses.rules.ending import refuse_completion
from courses.rules.shapes import Placement
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
    sessions = list(course.sessions.select_related("visit_type", "step__anchor"))
    placed_on = _days_of_steps(sessions, newest)
    broken, uncleared = _broken_at(course, newest), not_cleared(newest.values())
    closed = closed_then(newest.values(), closures_over(newest.values()))
    rows = []
    for session in sessions:
        appointment = newest.get(session.pk)
        first_day, _ = window_of(session, placed_on) or (None, None)
        window = window_text(session, placed_on)
        row = SessionRow(session, appointment, window, first_day)
        if appointment is not None and appointment.is_live:
            row = replace(
                row,
                broken=tuple(broken[appointment.starts_at]),
                not_cleared=uncleared.get(appointment.pk, ""),
                closed=closed.get(appointment.pk, ""),
            )
        rows.append(row)
    return rows


def _broken_at(
    course: Course, newest: Mapping[UUID, Appointment]
) -> Mapping[datetime, list[str]]:
    """Return what the placed sessions break, by their start: no two share one."""
    placements = {
        str(session_id): Placement(placed.starts_at, placed.ends_at, placed.site.zone)
        for session_id, placed in newest.items()
        if placed.is_live
    }
    broken: dict[datetime, list[str]] = defaultdict(list)
    for deviation in deviations(course_shape(course), placements):
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


def _days_of_steps(
    sessions: Iterable[Session], newest: Mapping[UUID, Appointment]
) -> dict[int, date]:
    return {
        session.step_id: _local(appointment).date()
        for session in sessions
        if session.step_id is not None
        for appointment in [newest.get(session.pk)]
        if appointment is not None and appointment.is_live
    }


def window_of(
    session: Session, placed_on: Mapping[int, date]
) -> tuple[date, date] | None:
    """Return the first and last day of the session's window, once they are known.

    `placed_on` has the day of each step that is on the calendar.
    """
    if session.earliest_on and session.latest_on:
        return session.earliest_on, session.latest_on
    step = session.step
    if step is None or step.anchor is None or step.unit != ProtocolStep.Unit.DAYS:
        return None
    anchored_on = placed_on.get(step.anchor.pk)
    if anchored_on is None:
        return None
    return (
        anchored_on + timedelta(days=step.earliest),
        anchored_on + timedelta(days=step.latest),
    )


def window_text(session: Session, placed_on: Mapping[int, date]) -> str:
    """Return when the session may be, in days if its anchor has a day already."""
    window = window_of(session, placed_on)
    if window is not None:
        return _days(*window)
    step = session.step
    if step is None or step.anchor is None:
        return ""
    return _relative(step, step.anchor)


def _relative(step: ProtocolStep, anchor: ProtocolStep) -> str:
    least, most, unit = step.earliest, step.latest, step.get_unit_display()
    if most <= 0:
        least, most, side = -step.latest, -step.earliest, "before"
    elif least >= 0:
        side = "after"
    else:
        return f"{-least} {unit} before to {most} after {anchor.name}"
    span = f"{least}" if least == most else f"{least} to {most}"
    return f"{span} {unit} {side} {anchor.name}"


def _days(first: date, last: date) -> str:
    if first == last:
        return f"{first:%b} {first.day}"
    return f"{first:%b} {first.day} to {last:%b} {last.day}"


def _local(appointment: Appointment) -> datetime:
    return on_clock(appointment.starts_at, appointment.site.zone)
