"""Looking at what a change would carry along, before anything is changed."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction

from courses.actors import Actor
from courses.errors import Refusal
from courses.models import Course, Session
from courses.transactions import action
from scheduler.models import Site
from scheduler.ripples.changes import Add, Change, Move, Resume
from scheduler.ripples.diff import NoRipple, RippleDiff
from scheduler.ripples.making import as_changed, make_change
from scheduler.ripples.reading import Reading, read_running_course
from scheduler.ripples.solving import solved


def try_ripple(
    *, course: Course, change: Change, site: Site, actor: Actor, now: datetime
) -> RippleDiff | NoRipple:
    """Return what the change would carry along, and leave everything as it is.

    As few visits as possible that a patient was told of move. No transaction is open
    while the plan is searched. Raises what the change itself raises.
    """
    tried = _read_as_if_changed(
        course=course, change=change, site=site, actor=actor, now=now
    )
    found = solved(tried.reading, change, ripple_id=uuid4())
    if isinstance(found, NoRipple):
        return replace(found, findings=tried.findings)
    return replace(
        found,
        findings=tried.findings,
        left_out=tried.sessions_that_are(now_wanted=False),
        added=tried.sessions_that_are(now_wanted=True),
    )


@dataclass(frozen=True)
class _Tried:
    """The course as the change would leave it, and what it wanted before."""

    reading: Reading
    findings: tuple[Refusal, ...]
    wanted_before: frozenset[str]

    def sessions_that_are(self, *, now_wanted: bool) -> tuple[str, ...]:
        """Return the labels of the sessions of which this is new."""
        return tuple(
            session.label
            for key, session in self.reading.sessions.items()
            if (session.status != Session.Status.OMITTED) is now_wanted
            and (key not in self.wanted_before) is now_wanted
        )


@action
def _read_as_if_changed(
    *, course: Course, change: Change, site: Site, actor: Actor, now: datetime
) -> _Tried:
    """Return the course and its calendar as the change would leave them.

    The change is made in a transaction that is always taken back, so the trial runs
    through the very code that the commit runs through.
    """
    wanted = course.sessions.exclude(status=Session.Status.OMITTED)
    wanted_before = frozenset(str(pk) for pk in wanted.values_list("pk", flat=True))
    findings = make_change(
        course=course, change=change, site=site, actor=actor, now=now
    )
    reading = read_running_course(
        course=as_changed(course, change),
        site=site,
        to_reach=_far_days(change, site),
        moving=change.appointment_id if isinstance(change, Move) else None,
        added=change.session_id if isinstance(change, Add) else None,
        now=now,
    )
    transaction.set_rollback(True)
    return _Tried(reading, findings, wanted_before)


def _far_days(change: Change, site: Site) -> list[date]:
    """Return the days that the calendar must show because the change names them."""
    match change:
        case Move(_, starts_at):
            return [starts_at.astimezone(site.zone).date()]
        case Resume(from_on):
            return [from_on]
        case Add():
            days = (change.earliest_on, change.target_on, change.latest_on)
            return [day for day in days if day is not None]
    return []
