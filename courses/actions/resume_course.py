"""Let a course go on after a pause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from courses.actors import Actor
from courses.doses import kept_doses
from courses.errors import BadInput, CourseNotReady, Refusal
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, CourseHold, Session
from courses.rules.days import TOO_FAR, is_too_far
from courses.rules.gaps import gap_findings
from courses.rules.resting import in_days
from courses.rules.resuming import missed_their_window
from courses.rules.shapes import CourseShape, Placement
from courses.session_facts import facts_of
from courses.shapes import newest_decision, session_rows, shape_of, spacing_shapes
from courses.transactions import action


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause that is over, what begins anew, and what the gap asks for."""

    hold: CourseHold
    begun_anew: tuple[Session, ...]
    findings: tuple[Refusal, ...]


@action
def resume_course(
    *,
    course: Course,
    from_on: date,
    placements: Mapping[str, Placement],
    actor: Actor,
    now: datetime,
) -> Resumed:
    """Make the course go on from that day; what missed its window begins anew then.

    `placements` says when the course's sessions are and were, by their keys. Open
    sessions that can't be in the window from what was actually done get that day as
    their first; everything else counts from them. What the gap since the last dose
    asks for is returned and kept in history. Raises CourseNotReady when the course
    isn't on hold or a new assessment comes first, and BadInput for a day that is past
    or too far ahead.
    """
    locked = lock_active_course(course.pk)
    hold = CourseHold.objects.open().filter(course=locked).first()
    if hold is None:
        raise CourseNotReady.because("This course isn't on hold. It goes on already.")
    # It may still be yesterday where the clinic is.
    if from_on < now.date() - timedelta(days=1):
        raise BadInput.because(
            "The course can't go on in the past. Choose another day."
        )
    if is_too_far(from_on, now.date()):
        raise BadInput.because(TOO_FAR)
    rows = session_rows(locked)
    shape = shape_of(
        locked, list(map(facts_of, rows)), spacing_shapes(locked.protocol_id)
    )
    findings = _findings(locked, rows, shape, placements, from_on)
    hard = [finding for finding in findings if finding.is_hard]
    if hard:
        raise CourseNotReady(*hard)
    begun_anew = _begin_anew(rows, shape, placements, from_on)
    hold.ended_at = now
    hold.save(update_fields=["ended_at"])
    record(
        CourseEvent.Kind.COURSE_RESUMED,
        course=locked,
        details={
            "from_on": from_on.isoformat(),
            "begun_anew": [session.label for session in begun_anew],
            "findings": [
                {"rule": found.rule, "sentence": found.sentence} for found in findings
            ],
        },
        actor=actor,
        now=now,
    )
    return Resumed(hold, begun_anew, findings)


def _findings(
    course: Course,
    rows: Sequence[Session],
    shape: CourseShape,
    placements: Mapping[str, Placement],
    from_on: date,
) -> tuple[Refusal, ...]:
    """Return what the gap asks for, if a dose was given and another is to come."""
    doses = kept_doses(rows)
    given = [
        placements[str(dose.pk)].on
        for dose in doses
        if dose.status in ("done", "in_progress") and str(dose.pk) in placements
    ]
    waiting = [str(dose.pk) for dose in doses if dose.status == Session.Status.OPEN]
    coming = next((s for s in shape.sessions if s.key in waiting), None)
    if not given or coming is None:
        return ()
    target, _, latest = in_days(coming.step) if coming.step else (0, 0, 0)
    decision = newest_decision(course.pk)
    is_eligible = decision is not None and decision.decision == "eligible"
    return gap_findings(
        last_dose_on=max(given),
        next_dose_on=from_on,
        target_days=target,
        latest_days=latest,
        assessed_on=decision.assessed_on if decision and is_eligible else None,
    )


def _begin_anew(
    rows: Sequence[Session],
    shape: CourseShape,
    placements: Mapping[str, Placement],
    from_on: date,
) -> tuple[Session, ...]:
    waiting = {str(row.pk) for row in rows if row.status == Session.Status.OPEN}
    late = set(
        missed_their_window(shape, waiting - placements.keys(), placements, from_on)
    )
    begun_anew = tuple(row for row in rows if str(row.pk) in late)
    for row in begun_anew:
        row.earliest_on = row.target_on = from_on
        row.latest_on = None
        row.save(update_fields=["earliest_on", "target_on", "latest_on"])
    return begun_anew
