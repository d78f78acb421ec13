"""Booking or holding one session of a course, with the next free times to click."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now

from courses.models import Session, VisitType
from scheduler.actions.book_appointment import book_appointment
from scheduler.actions.hold_appointment import hold_appointment
from scheduler.course_sheet import session_rows
from scheduler.forms import BookForm
from scheduler.models import Appointment, Site
from scheduler.offers import next_offers
from scheduler.views.courses import to_course
from scheduler.views.staff import (
    actor_of,
    sees_override,
    show,
    staff_page,
    tell_deviations,
)
from scheduler.visit_steps import RUN_DESK

HOLD_DAYS = 7


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def place_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ask for a time for one session, and book or hold it."""
    session = get_object_or_404(
        Session.objects.select_related("course__patient", "visit_type", "step"),
        pk=session_id,
    )
    form = BookForm(request.POST or None, may_override=sees_override(request))
    if request.method == "POST" and form.is_valid():
        placed = form.perform(lambda: _place(request, form, session))
        if placed is not None:
            done = "held" if placed.status == Appointment.Status.HELD else "booked"
            messages.success(request, f"{session.label} is {done}.")
            tell_deviations(request, placed)
            return to_course(session.course)
    return show(
        request,
        "scheduler/place_session.html",
        title=f"Book {session.label}",
        section="patients",
        session=session,
        form=form,
        **_offered(session, _site(request)),
    )


def _place(request: HttpRequest, form: BookForm, session: Session) -> Appointment:
    typed = form.cleaned_data
    time_now = now()
    if typed["hold_days"]:
        return hold_appointment(
            session=session,
            site=typed["site"],
            starts_at=form.starts_at(),
            hold_expires_at=time_now + timedelta(days=typed["hold_days"]),
            override_reason=form.typed_override(),
            actor=actor_of(request),
            now=time_now,
        )
    return book_appointment(
        session=session,
        site=typed["site"],
        starts_at=form.starts_at(),
        override_reason=form.typed_override(),
        actor=actor_of(request),
        now=time_now,
    )


def _site(request: HttpRequest) -> Site | None:
    sites = list(Site.objects.all())
    wanted = request.POST.get("site") or request.GET.get("site") or ""
    return next((s for s in sites if str(s.pk) == wanted), None) or next(
        iter(sites), None
    )


def _offered(session: Session, site: Site | None) -> dict[str, Any]:
    """Return the times to click: to book, or where only that is possible to hold."""
    if site is None:
        return {"offers": []}
    row = next(r for r in session_rows(session.course) if r.session.pk == session.pk)
    first_day = row.first_day or date.min
    may_be_uncleared = session.visit_type.kind == VisitType.Kind.DOSING
    for hold_days in (0, HOLD_DAYS) if may_be_uncleared else (0,):
        offers = next_offers(
            session=session,
            site=site,
            from_on=first_day,
            is_hold=bool(hold_days),
            now=now(),
        )
        if offers:
            return {"offers": offers, "hold_days": hold_days}
    return {"offers": []}
