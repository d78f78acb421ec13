"""The chapters of treatment: booking the plan, changes on the way, the end."""

from datetime import datetime, time

from django.db.models import QuerySet

from courses.actions.choose_protocol import choose_protocol
from courses.errors import Refused
from courses.models import Course
from scheduler.actions.book_course import book_course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.complete_course import complete_course
from scheduler.actions.move_appointment import move_appointment
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.actions.stop_course import stop_course
from scheduler.demo.chapters import Telling
from scheduler.demo.moments import DAY, MINUTE
from scheduler.demo.planning import lay_out, protocol_of, therapist_of
from scheduler.demo.playing import fill_in_measures, let_happen
from scheduler.models import Appointment

MOVES = (30, -30, 60, -60, 90, -90, 120)
HOLD_DAYS = 3


def choose(telling: Telling, course: Course, *, now: datetime) -> Course:
    """The course follows its story's protocol, with a therapist and a prescriber."""
    return choose_protocol(
        course=course,
        protocol=protocol_of(telling),
        therapist=therapist_of(telling),
        prescriber=telling.clinic.clinicians[telling.prescriber],
        actor=telling.staff.clinician,
        now=now,
    )


def hold(telling: Telling, course: Course) -> None:
    """The whole course is held for a few days, until the assessment is decided."""
    now = course.opened_at + 20 * MINUTE
    chosen = choose(telling, course, now=now)
    book_course(
        course=chosen,
        plan=lay_out(telling, chosen, now=now),
        as_holds=True,
        hold_expires_at=telling.now + HOLD_DAYS * DAY,
        actor=telling.staff.desk,
        now=now + 5 * MINUTE,
    )


def book(telling: Telling, course: Course, *, decided_at: datetime) -> Course:
    """The whole course is booked within the hour of the decision."""
    now = decided_at + 15 * MINUTE
    chosen = choose(telling, course, now=now)
    book_course(
        course=chosen,
        plan=lay_out(telling, chosen, now=now),
        actor=telling.staff.desk,
        now=now + 10 * MINUTE,
    )
    return chosen


def treat(telling: Telling, course: Course, *, until: datetime) -> None:
    """Everything that would have happened by then has happened."""
    story = telling.story
    if story.moved:
        _move(telling, course, story.moved, until)
    for code in (story.cancelled, story.restored):
        if code:
            _cancel(telling, course, code, until, is_restored=code == story.restored)
    fill_in_measures(course, actor=telling.staff.clinician, now=until)
    let_happen(
        course,
        number=telling.number,
        staff=telling.staff,
        missed=story.missed,
        is_late_today=story.is_late_today,
        now=until,
    )


def treat_and_stop(telling: Telling, course: Course) -> None:
    """The course is stopped on the day after the visit that its story names.

    In the evening: by then no visit of that day is still going on.
    """
    last = _visits(course).get(session__step__code=telling.story.lands)
    last_on = last.starts_at.astimezone(telling.site.zone).date()
    now = telling.moments.at(last_on + DAY, time(20, 45))
    treat(telling, course, until=now)
    stop_course(
        course=course,
        reason=telling.story.reason,
        actor=telling.staff.clinician,
        now=now,
    )


def complete(telling: Telling, course: Course) -> None:
    """The course is completed after its last follow-up."""
    last = _visits(course).filter(status=Appointment.Status.COMPLETED).latest("ends_at")
    complete_course(
        course=course, actor=telling.staff.clinician, now=last.ends_at + 25 * MINUTE
    )


def _visits(course: Course) -> QuerySet[Appointment]:
    return (
        Appointment.objects.filter(session__course=course)
        .select_related("session", "site")
        .order_by("starts_at")
    )


def _move(telling: Telling, course: Course, code: str, until: datetime) -> None:
    """The patient asked for another time two days before; the desk found one."""
    visit = _visits(course).get(session__step__code=code)
    now = min(visit.starts_at - 2 * DAY - 95 * MINUTE, until)
    for minutes in MOVES:
        try:
            move_appointment(
                appointment=visit,
                revision=visit.revision,
                starts_at=visit.starts_at + minutes * MINUTE,
                actor=telling.staff.desk,
                now=now,
            )
        except Refused:
            continue
        return


def _cancel(
    telling: Telling, course: Course, code: str, until: datetime, *, is_restored: bool
) -> None:
    visit = _visits(course).get(session__step__code=code)
    now = min(visit.starts_at - 3 * DAY + 40 * MINUTE, until - 3 * 60 * MINUTE)
    cancelled = cancel_appointment(
        appointment=visit,
        revision=visit.revision,
        reason="The patient called: away on that day",
        with_pair=False,
        actor=telling.staff.desk,
        now=now,
    )
    if is_restored:
        restore_appointment(
            appointment=cancelled,
            revision=cancelled.revision,
            actor=telling.staff.desk,
            now=now + 35 * MINUTE,
        )
