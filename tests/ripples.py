"""Courses that are under way, and what the desk asks to change about them."""

from collections.abc import Iterable
from datetime import datetime

from courses.actors import Actor
from courses.models import Course
from scheduler.actions.commit_ripple import commit_ripple
from scheduler.models import Appointment, Site
from scheduler.ripples.changes import Change, Move
from scheduler.ripples.diff import NoRipple, Ripple, RippleDiff
from scheduler.ripples.trials import try_ripple
from tests.builders import DESK, NOW, Clinic, a_patient
from tests.desk import a_course_to_plan, book_plan, plan


def a_booked_course(clinic: Clinic, *, doses: int = 4, name: str = "Vega") -> Course:
    """A course with every visit on the calendar, from tomorrow on."""
    course = a_course_to_plan(a_patient("Ana", name), doses=doses)
    book_plan(course, plan(course, clinic.site))
    # Read again, since the plan has chosen its therapist.
    return Course.objects.select_related("patient").get(pk=course.pk)


def visit(course: Course, label: str) -> Appointment:
    """The live appointment of that session."""
    return (
        Appointment.objects.live()
        .select_related("session__visit_type", "session__course", "site")
        .get(session__course=course, session__label=label)
    )


def times(course: Course) -> dict[str, datetime]:
    """When every session is that has a time."""
    rows = Appointment.objects.live().filter(session__course=course)
    return dict(rows.values_list("session__label", "starts_at"))


def look(
    course: Course,
    change: Change,
    site: Site,
    *,
    actor: Actor = DESK,
    now: datetime = NOW,
) -> RippleDiff:
    """What the change would carry along; it must be possible."""
    found = try_ripple(course=course, change=change, site=site, actor=actor, now=now)
    assert isinstance(found, RippleDiff), found
    return found


def look_in_vain(
    course: Course,
    change: Change,
    site: Site,
    *,
    actor: Actor = DESK,
    now: datetime = NOW,
) -> NoRipple:
    """Why the change can't carry the rest along."""
    found = try_ripple(course=course, change=change, site=site, actor=actor, now=now)
    assert isinstance(found, NoRipple), found
    return found


def commit(
    course: Course, ripple: Ripple, *, actor: Actor = DESK, now: datetime = NOW
) -> tuple[Appointment, ...]:
    return commit_ripple(course=course, ripple=ripple, actor=actor, now=now)


def moving(appointment: Appointment, starts_at: datetime, **about: object) -> Move:
    return Move(appointment.pk, starts_at, **about)  # type: ignore[arg-type]


def statuses(course: Course) -> dict[str, str]:
    """What each session of the course is."""
    return dict(course.sessions.values_list("label", "status"))


def labels(visits: Iterable[object]) -> list[str]:
    return [getattr(each, "label") for each in visits]  # noqa: B009
