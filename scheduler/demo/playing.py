"""Lets the visits of a course happen, one action after the other, up to now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from courses.actions.mark_session import mark_session
from courses.actors import Actor
from courses.models import Course, Session, VisitType
from scheduler.actions.begin_recovery import begin_recovery
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.finish_appointment import finish_appointment
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.start_appointment import start_appointment
from scheduler.demo.accounts import Staff
from scheduler.demo.moments import DAY, MINUTE
from scheduler.models import Appointment

Verb = Callable[..., Appointment]

# Minutes after which a patient who hasn't come is marked as a no-show.
NO_SHOW_AFTER = 25
# Nobody comes, or goes, exactly on the minute.
_EARLY = (9, 4, 12, 7, 2, 15, 6)
_OVER = (0, 3, 1, 5, 2)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that somebody does to a visit, and when."""

    at: datetime
    verb: Verb
    actor: Actor


def let_happen(
    course: Course,
    *,
    number: int,
    staff: Staff,
    missed: str = "",
    is_late_today: bool = False,
    now: datetime,
) -> None:
    """Every booked visit of the course is as far as it would be by now.

    `number` is the patient's: who is early and who is late depends on it. `missed`
    names the step whose visit the patient doesn't come to. A patient who is late
    today hasn't arrived yet.
    """
    soon = now + timedelta(hours=1)
    visits = _booked(course).filter(starts_at__lt=soon)
    for place, appointment in enumerate(visits, start=number):
        is_missed = bool(missed) and _code(appointment) == missed
        is_late = is_late_today and now - appointment.starts_at < timedelta(hours=2)
        if is_late:
            continue
        for happening in _happenings(appointment, staff, place, is_missed=is_missed):
            if happening.at <= now:
                appointment = happening.verb(
                    appointment=appointment,
                    revision=appointment.revision,
                    actor=happening.actor,
                    now=happening.at,
                )


def fill_in_measures(course: Course, *, actor: Actor, now: datetime) -> None:
    """Questionnaires whose target day has come are filled in."""
    live = Appointment.objects.live().filter(session__course=course)
    placed = dict(live.values_list("session__step_id", "starts_at"))
    waiting = course.sessions.filter(
        visit_type__is_placed=False, status=Session.Status.OPEN
    ).select_related("step")
    for session in waiting:
        step = session.step
        if step is None or step.anchor_id not in placed:
            continue
        # The evening before a dose, and the evening of the day after one.
        at = placed[step.anchor_id] + step.target * DAY - 70 * MINUTE
        if at <= now:
            mark_session(
                session=session, status=Session.Status.DONE, actor=actor, now=at
            )


def _booked(course: Course) -> QuerySet[Appointment]:
    return (
        Appointment.objects.filter(
            session__course=course, status=Appointment.Status.BOOKED
        )
        .select_related("session__step", "session__visit_type", "site")
        .prefetch_related("session__visit_type__phases")
        .order_by("starts_at")
    )


def _code(appointment: Appointment) -> str:
    step = appointment.session.step
    return step.code if step else ""


def _happenings(
    appointment: Appointment, staff: Staff, place: int, *, is_missed: bool
) -> Iterator[Happening]:
    starts_at, ends_at = appointment.starts_at, appointment.ends_at
    if is_missed:
        at = starts_at + NO_SHOW_AFTER * MINUTE
        yield Happening(at, mark_no_show, staff.desk)
        return
    early, over = _EARLY[place % len(_EARLY)], _OVER[place % len(_OVER)]
    visit_type = appointment.session.visit_type
    came = starts_at - early * MINUTE
    if visit_type.is_remote:
        came = starts_at
    yield Happening(came, check_in_appointment, staff.desk)
    dosed, recovering = _dose(appointment)
    yield Happening(dosed, start_appointment, staff.clinician)
    if visit_type.kind == VisitType.Kind.DOSING:
        yield Happening(recovering, begin_recovery, staff.clinician)
    yield Happening(ends_at + over * MINUTE, finish_appointment, staff.clinician)


def _dose(appointment: Appointment) -> tuple[datetime, datetime]:
    """Return when the dose of a dosing visit begins and ends; any other just begins."""
    if appointment.session.visit_type.kind != VisitType.Kind.DOSING:
        return appointment.starts_at + MINUTE, appointment.ends_at
    prepared, dose, *_ = appointment.session.visit_type.phases.all()
    begins = appointment.starts_at + prepared.minutes * MINUTE
    return begins, begins + dose.minutes * MINUTE
