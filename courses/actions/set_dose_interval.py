"""Set how many days lie between the doses of one course, as its order says."""

from dataclasses import replace
from datetime import datetime

from courses.actors import Actor
from courses.errors import CourseNotReady, DoseIntervalUnclear
from courses.history import record
from courses.locks import lock_active_course
from courses.models import Course, CourseEvent, Session
from courses.rules.dose_interval import DoseInterval, refuse_interval
from courses.rules.shapes import CourseShape
from courses.shapes import course_shape
from courses.transactions import action

_FIELDS = (
    "dose_interval_earliest",
    "dose_interval_target",
    "dose_interval_latest",
    "dose_interval_source",
)


@action
def set_dose_interval(
    *,
    course: Course,
    interval: DoseInterval | None,
    source: str = "",
    actor: Actor,
    now: datetime,
) -> Course:
    """From one dose of the course to the next there are so many days.

    They stand in place of the protocol's own days until they are set again; None
    brings the protocol's own back. `source` says whose order it is. Visits that have
    their time stay; those that no longer fit show as deviations. Raises CourseNotReady
    when the protocol leaves nothing to the order, and DoseIntervalUnclear when the
    doses couldn't keep the interval or nobody ordered it.
    """
    locked = lock_active_course(course.pk)
    _refuse_fixed(locked)
    said = source.strip()
    if interval is not None:
        if not said:
            raise DoseIntervalUnclear.because(
                "Whose order is this interval? Enter who ordered it, and when."
            )
        refusals = refuse_interval(_left(locked), interval)
        if refusals:
            raise DoseIntervalUnclear(*refusals)
    values = _values(interval, said)
    if values == tuple(getattr(locked, name) for name in _FIELDS):
        return locked
    for name, value in zip(_FIELDS, values, strict=True):
        setattr(locked, name, value)
    locked.save(update_fields=[*_FIELDS])
    record(
        CourseEvent.Kind.DOSE_INTERVAL_SET,
        course=locked,
        details=dict(
            zip(("earliest", "target", "latest", "source"), values, strict=True)
        ),
        actor=actor,
        now=now,
    )
    return locked


def _values(interval: DoseInterval | None, source: str) -> tuple[object, ...]:
    if interval is None:
        return None, None, None, ""
    return interval.earliest, interval.target, interval.latest, source


def _refuse_fixed(course: Course) -> None:
    if course.protocol is None:
        raise CourseNotReady.because(
            "This course has no protocol yet. Choose it first, then the interval."
        )
    if not course.protocol.interval_by_order:
        raise CourseNotReady.because(
            f"{course.protocol} has its own days between doses. Choose a protocol "
            "whose interval the order sets."
        )


def _left(course: Course) -> CourseShape:
    """Return the course without the sessions that are left out."""
    gone = {
        str(pk)
        for pk in Session.objects.filter(
            course=course, status__in=("missed", "omitted")
        ).values_list("pk", flat=True)
    }
    shape = course_shape(course)
    left = tuple(session for session in shape.sessions if session.key not in gone)
    return replace(shape, sessions=left)
