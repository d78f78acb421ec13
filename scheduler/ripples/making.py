"""Makes a change to the course itself; what follows from it comes afterwards."""

from dataclasses import dataclass
from datetime import datetime

from courses.actions.add_session import OnDays, add_session
from courses.actions.extend_course import extend_course
from courses.actions.hold_course import hold_course
from courses.actions.omit_session import omit_session
from courses.actions.resume_course import resume_course
from courses.actions.set_dose_interval import set_dose_interval
from courses.actions.shorten_course import shorten_course
from courses.actors import Actor
from courses.errors import NotPermitted, Refusal
from courses.models import Course, Session, VisitType
from scheduler.errors import TransitionRefused
from scheduler.models import Appointment, Site
from scheduler.placements import may_override, placements_of
from scheduler.placing import check_start
from scheduler.ripples.changes import (
    Add,
    Change,
    Extend,
    Hold,
    Move,
    Omit,
    Replace,
    Resume,
    Shorten,
    SpaceDoses,
)
from scheduler.rules import MOVABLE


@dataclass(frozen=True, slots=True)
class Setting:
    """Where, by whom and when a change is made."""

    course: Course
    site: Site
    actor: Actor
    now: datetime


def make_change(
    *, course: Course, change: Change, site: Site, actor: Actor, now: datetime
) -> tuple[Refusal, ...]:
    """Make the change's own verb happen, and return what it asks to think of.

    Called in a transaction, for trying and for committing alike. A move changes
    nothing about the course; it is only checked. Raises TransitionRefused,
    SessionClosed, BadInput, NotPermitted, and what the verbs raise.
    """
    setting = Setting(course, site, actor, now)
    match change:
        case Move():
            _check_move(change, setting)
        case Replace():
            pass
        case Resume():
            return _resume(change, setting)
        case Add():
            _add(change, setting)
        case _:
            _make(change, setting)
    return ()


def as_changed(course: Course, change: Change) -> Course:
    """Return the course's own row as the change left it; most leave it as it is."""
    if isinstance(change, SpaceDoses):
        return Course.objects.select_related("patient", "protocol").get(pk=course.pk)
    return course


def _make(change: Omit | Hold | Extend | Shorten | SpaceDoses, at: Setting) -> None:
    match change:
        case Omit(session_id, reason):
            omit_session(
                session=at.course.sessions.get(pk=session_id),
                reason=reason,
                actor=at.actor,
                now=at.now,
            )
        case Hold(reason, review_on):
            hold_course(
                course=at.course,
                reason=reason,
                review_on=review_on,
                actor=at.actor,
                now=at.now,
            )
        case Extend(doses, seen, reason):
            extend_course(
                course=at.course,
                doses=doses,
                seen=seen,
                reason=reason,
                actor=at.actor,
                now=at.now,
            )
        case Shorten(doses, seen, reason):
            shorten_course(
                course=at.course,
                doses=doses,
                seen=seen,
                reason=reason,
                actor=at.actor,
                now=at.now,
            )
        case SpaceDoses(interval, source):
            set_dose_interval(
                course=at.course,
                interval=interval,
                source=source,
                actor=at.actor,
                now=at.now,
            )


def _resume(change: Resume, at: Setting) -> tuple[Refusal, ...]:
    resumed = resume_course(
        course=at.course,
        from_on=change.from_on,
        placements=placements_of(at.course.pk),
        actor=at.actor,
        now=at.now,
    )
    return resumed.findings


def _add(change: Add, at: Setting) -> None:
    dose = None
    if change.pair_of is not None:
        doses = Session.objects.select_related("visit_type")
        dose = doses.get(pk=change.pair_of, course=at.course)
    add_session(
        course=at.course,
        visit_type=VisitType.objects.get(pk=change.visit_type_id),
        label=change.label,
        window=OnDays(change.earliest_on, change.target_on, change.latest_on),
        pair_of=dose,
        reason=change.reason,
        session_id=change.session_id,
        actor=at.actor,
        now=at.now,
    )


def _check_move(change: Move, at: Setting) -> None:
    appointment = (
        Appointment.objects.select_related("session__visit_type")
        .filter(session__course=at.course)
        .get(pk=change.appointment_id)
    )
    if appointment.status not in MOVABLE or appointment.starts_at <= at.now:
        raise TransitionRefused.because(
            f"{appointment.session.label} has begun or is off the calendar, so it "
            "can't be moved any more. Open its page to see what is possible."
        )
    check_start(appointment.session, at.site, change.starts_at, at.now)
    today = at.now.astimezone(at.site.zone).date()
    if change.override_reason.strip() and not may_override(at.actor, on=today):
        raise NotPermitted.because(
            "Only a prescriber whose credential is valid may place a visit outside a"
            " hard window. Ask one."
        )
