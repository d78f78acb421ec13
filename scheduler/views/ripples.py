"""Changing a running course: say what, see what follows, commit it with one button."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now

from courses.models import Course, Session
from scheduler.actions.commit_ripple import commit_ripple
from scheduler.errors import RippleOutdated
from scheduler.models import Appointment, Site
from scheduler.ripple_forms import (
    AddForm,
    ExtendForm,
    HoldForm,
    MoveAlongForm,
    OmitForm,
    ReplaceForm,
    ResumeForm,
    RippleForm,
    ShortenForm,
    SpaceDosesForm,
)
from scheduler.ripple_rows import broken_elsewhere, diff_rows, session_changes
from scheduler.ripples import wording
from scheduler.ripples.changes import Change, Move, Replace
from scheduler.ripples.diff import (
    KEPT,
    NoRipple,
    RippleDiff,
)
from scheduler.ripples.sealing import sealed, unsealed
from scheduler.ripples.trials import try_ripple
from scheduler.site_clock import home_zone, on_clock
from scheduler.views.courses import find_course, to_course
from scheduler.views.staff import actor_of, sees_override, show, staff_page
from scheduler.visit_steps import RUN_DESK

_OTHER_FORM = (
    "The form was changed after you looked. This is what would happen now: look, and "
    "commit again."
)


@dataclass(frozen=True)
class Page:
    """What one of the pages is about, and what it asks."""

    course: Course
    form: RippleForm | MoveAlongForm
    appointment: Appointment | None = None


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def move_along(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Move one visit and carry the rest along."""
    appointment = get_object_or_404(
        Appointment.objects.select_related("session", "site"), pk=appointment_id
    )
    course = find_course(appointment.session.course_id)
    local = on_clock(appointment.starts_at, appointment.site.zone)
    form = MoveAlongForm(
        request.POST or None,
        appointment=appointment,
        has_waiting=_has_waiting(course),
        may_override=sees_override(request),
        initial={
            "site": appointment.site_id,
            "on": local.date(),
            "at": local.time(),
            "revision": appointment.revision,
        },
    )
    return _answer(request, Page(course, form, appointment))


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def change_course(request: HttpRequest, course_id: UUID, kind: str) -> HttpResponse:
    """Change the course in one of the ways that carry visits along."""
    course = find_course(course_id)
    if kind not in KINDS:
        raise Http404
    initial = _initial(request, course)
    # Where there is nothing to type, the page looks at once.
    typed = request.POST or (initial if kind == "replace" else None)
    form = KINDS[kind](typed, course=course, initial=initial)
    return _answer(request, Page(course, form))


KINDS: dict[str, type[RippleForm]] = {
    "replace": ReplaceForm,
    "omit": OmitForm,
    "add": AddForm,
    "hold": HoldForm,
    "resume": ResumeForm,
    "extend": ExtendForm,
    "shorten": ShortenForm,
    "interval": SpaceDosesForm,
}


def _initial(request: HttpRequest, course: Course) -> dict[str, object]:
    last = (
        Appointment.objects.live()
        .filter(session__course=course)
        .order_by("-starts_at")
        .first()
    )
    site = last.site_id if last else getattr(Site.objects.first(), "pk", None)
    tomorrow = (on_clock(now(), home_zone()) + timedelta(days=1)).date()
    return {
        "site": site,
        "session": request.GET.get("session"),
        "from_on": tomorrow,
        "earliest_on": tomorrow,
        "latest_on": tomorrow + timedelta(days=7),
        "review_on": tomorrow + timedelta(days=13),
    }


def _has_waiting(course: Course) -> bool:
    placed = Appointment.objects.live().filter(session__course=course)
    waiting = course.sessions.filter(
        status=Session.Status.OPEN, visit_type__is_placed=True
    )
    return waiting.exclude(pk__in=placed.values("session")).exists()


def _answer(request: HttpRequest, page: Page) -> HttpResponse:
    """Show the form, the diff below it, or commit the diff that was shown."""
    form = page.form
    if not form.is_bound or not form.is_valid():
        return _show(request, page)
    change = form.perform(form.change)
    if change is None:
        return _show(request, page)
    if request.POST.get("seen") and request.POST.get("commit"):
        done = form.perform(lambda: _commit(request, page, change))
        if done is not None:
            return to_course(page.course)
        if not isinstance(form.refused, RippleOutdated):
            return _show(request, page)
    found = form.perform(
        lambda: try_ripple(
            course=page.course,
            change=change,
            site=form.chosen_site(),
            actor=actor_of(request),
            now=now(),
        )
    )
    return _show(request, page, found)


def _commit(request: HttpRequest, page: Page, change: Change) -> tuple[Any, ...]:
    ripple = unsealed(request.POST["seen"], course=page.course, change=change)
    if ripple is None:
        raise RippleOutdated.because(_OTHER_FORM)
    done = commit_ripple(
        course=page.course, ripple=ripple, actor=actor_of(request), now=now()
    )
    messages.success(request, f"{page.form.done} {wording.happened(ripple)}.".strip())
    return done


def _show(
    request: HttpRequest, page: Page, found: RippleDiff | NoRipple | None = None
) -> HttpResponse:
    diff = found if isinstance(found, RippleDiff) else None
    rows = diff_rows(diff) if diff else []
    return show(
        request,
        "scheduler/ripple.html",
        title=page.form.title,
        section="patients",
        page=page,
        course=page.course,
        form=page.form,
        appointment=page.appointment,
        diff=diff,
        changed=[row for row in rows if row.outcome != KEPT],
        kept=[row for row in rows if row.outcome == KEPT],
        headline=wording.headline(diff) if diff else "",
        other_broken=broken_elsewhere(diff, rows) if diff else (),
        costs=wording.costs(diff) if diff else (),
        messages_told=wording.messages(diff) if diff else (),
        seen=sealed(diff.ripple) if diff else "",
        obstacles=found.refusals if isinstance(found, NoRipple) else (),
        alone=found.alone if found else None,
        findings=found.findings if found else (),
        may_commit=diff is not None and _may_commit(diff),
        session_changes=session_changes(diff, rows) if diff else (),
    )


def _may_commit(diff: RippleDiff) -> bool:
    is_only_moving = isinstance(diff.ripple.change, Move | Replace)
    return not diff.not_cleared and not (is_only_moving and diff.changes_nothing)
