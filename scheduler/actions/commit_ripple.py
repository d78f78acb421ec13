"""Commit a change to a course and all that it carries along, as it was shown."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from courses.actors import Actor
from courses.errors import Refused
from courses.history import record
from courses.locks import lock_active_course, refuse_held
from courses.models import Course, CourseEvent
from courses.transactions import action
from scheduler.course_rows import read_course
from scheduler.errors import TAKEN, RippleOutdated
from scheduler.models import Appointment, Site
from scheduler.planning.calendar import Fit
from scheduler.ripples.changes import override_reason_of
from scheduler.ripples.diff import (
    CANCELLED,
    HOLD_FOR,
    MOVED,
    PLACED,
    RELEASED,
    RESTAFFED,
    Ripple,
    VisitChange,
)
from scheduler.ripples.digesting import rules_digest
from scheduler.ripples.making import as_changed, make_change
from scheduler.ripples.reading import sessions_of, standing_of, statuses_of
from scheduler.ripples.rechecking import (
    CourseNow,
    check_doses,
    check_windows,
    fit_again,
)
from scheduler.ripples.rewriting import (
    RIPPLE,
    Changing,
    Writing,
    add_visits,
    rewrite,
    take_off,
)
from scheduler.ripples.staleness import (
    as_refusals,
    course_changed,
    course_events_since,
    too_late,
    visits_changed,
)
from scheduler.ripples.standing import Standing


def commit_ripple(
    *, course: Course, ripple: Ripple, actor: Actor, now: datetime
) -> tuple[Appointment, ...]:
    """Make the change, and every visit be where the ripple puts it, or nothing of it.

    Everything is looked at again under locks. When anything that was looked at has
    changed, RippleOutdated says what. A ripple that is done already isn't done twice:
    nothing is returned then. Raises NotEligible for booked doses that no assessment
    clears on their new day, OutsideWindow, and what the change itself raises.
    """
    try:
        return _commit(course=course, ripple=ripple, actor=actor, now=now)
    except TAKEN as taken:
        raise RippleOutdated(*taken.refusals) from taken


@action
def _commit(
    *, course: Course, ripple: Ripple, actor: Actor, now: datetime
) -> tuple[Appointment, ...]:
    locked = lock_active_course(course.pk)
    if _is_done(locked, ripple):
        return ()
    appointments = _lock_appointments(locked)
    standing = {each.key: each for each in standing_of(locked, now)}
    _refuse_outdated_visits(ripple, locked, standing, now)
    changed = _change_again(locked, ripple, standing, actor, now)
    refuse_held(locked, {changed.kind_of(visit) for visit in ripple.of(PLACED)})
    check_doses(changed)
    writing = Writing(
        ripple_id=ripple.ripple_id,
        deviations=check_windows(changed),
        override_reason=override_reason_of(ripple.change),
        actor=actor,
        now=now,
    )
    fits = fit_again(changed)
    touched = _write(changed, appointments, fits, writing)
    _record(changed, writing)
    return touched


def _is_done(course: Course, ripple: Ripple) -> bool:
    return CourseEvent.objects.filter(
        course=course,
        kind=CourseEvent.Kind.VISITS_REPLACED,
        **{f"details__{RIPPLE}": str(ripple.ripple_id)},
    ).exists()


def _lock_appointments(course: Course) -> dict[UUID, Appointment]:
    """Return the course's live appointments, which nobody else can change now."""
    rows = (
        Appointment.objects.live()
        .filter(session__course=course)
        .select_related("session__visit_type", "session__step", "site")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {row.pk: row for row in rows}


def _refuse_outdated_visits(
    ripple: Ripple, course: Course, standing: Mapping[str, Standing], now: datetime
) -> None:
    changed = visits_changed(ripple, course, standing)
    refusals = changed or too_late(ripple, standing, now)
    if refusals:
        raise RippleOutdated(*refusals)


def _change_again(
    course: Course,
    ripple: Ripple,
    standing: Mapping[str, Standing],
    actor: Actor,
    now: datetime,
) -> CourseNow:
    """Make the change for real; raise RippleOutdated if the course is another now."""
    since = course_events_since(ripple, course)
    used = {visit.after.site_id for visit in ripple.visits if visit.after is not None}
    sites = Site.objects.in_bulk({ripple.site_id, *used})
    site = sites[ripple.site_id]
    try:
        make_change(
            course=course, change=ripple.change, site=site, actor=actor, now=now
        )
    except Refused as refused:
        if since:
            raise RippleOutdated(*as_refusals(since), *refused.refusals) from refused
        raise
    course = as_changed(course, ripple.change)
    rows = read_course(course, site)
    sessions = sessions_of(rows)
    statuses = statuses_of(sessions.values())
    rules = rules_digest(rows.shape, rows.own)
    refusals = course_changed(ripple, statuses, rules, since)
    if refusals:
        raise RippleOutdated(*refusals)
    return CourseNow(course, site, sites, rows, sessions, standing, ripple)


def _write(
    changed: CourseNow,
    appointments: Mapping[UUID, Appointment],
    fits: Mapping[str, Fit],
    writing: Writing,
) -> tuple[Appointment, ...]:
    ripple = changed.ripple
    gone = [
        (appointments[visit.appointment_id], visit.why)
        for visit in ripple.of(CANCELLED, RELEASED)
        if visit.appointment_id is not None
    ]
    changing = [
        Changing(
            appointments[visit.appointment_id],
            fits[visit.key],
            visit.outcome,
            changed.sites[visit.after.site_id],
        )
        for visit in ripple.of(MOVED, RESTAFFED)
        if visit.appointment_id is not None and visit.after is not None
    ]
    placing = [
        (_new(changed, visit, writing.now), fits[visit.key])
        for visit in ripple.of(PLACED)
    ]
    take_off(gone, writing)
    rewrite(changing, writing)
    add_visits(placing, writing)
    return (
        *(appointment for appointment, _ in gone),
        *(each.appointment for each in changing),
        *(appointment for appointment, _ in placing),
    )


def _new(changed: CourseNow, visit: VisitChange, now: datetime) -> Appointment:
    if visit.after is None:
        raise AssertionError("A visit that is placed has a time.")
    is_held = visit.status == Appointment.Status.HELD
    return Appointment(
        session=changed.session(visit),
        patient=changed.course.patient,
        site=changed.sites[visit.after.site_id],
        starts_at=visit.after.starts_at,
        ends_at=visit.after.ends_at,
        status=visit.status,
        hold_expires_at=now + HOLD_FOR if is_held else None,
        revised_at=now,
        created_at=now,
    )


def _record(changed: CourseNow, writing: Writing) -> None:
    """Write one line for the course, which the lines of its visits name."""
    record(
        CourseEvent.Kind.VISITS_REPLACED,
        course=changed.course,
        details={
            RIPPLE: str(writing.ripple_id),
            "change": type(changed.ripple.change).__name__.lower(),
            "fingerprint": changed.ripple.fingerprint,
            **dict(_counts(changed.ripple)),
        },
        actor=writing.actor,
        now=writing.now,
    )


def _counts(ripple: Ripple) -> Iterator[tuple[str, object]]:
    for outcome in (MOVED, RESTAFFED, PLACED, CANCELLED, RELEASED):
        yield outcome, len(ripple.of(outcome))
