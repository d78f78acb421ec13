"""Booking or holding one session of a course, with the next free times to click."""

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now

from courses.models import Session
from scheduler.actions.book_appointment import book_appointment
from scheduler.actions.hold_appointment import hold_appointment
from scheduler.course_sheet import session_rows
from scheduler.forms import BookForm
from scheduler.models import Appointment, Site
from scheduler.offers import Offer, next_offers
from scheduler.views.courses import to_course
from scheduler.views.staff import actor_of, show, staff_page
from scheduler.visit_steps import RUN_DESK


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def place_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ask for a time for one session, and book or hold it."""
    session = get_object_or_404(
        Session.objects.select_related("course__patient", "visit_type", "step"),
        pk=session_id,
    )
    form = BookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        placed = form.perform(lambda: _place(request, form, session))
        if placed is not None:
            done = "held" if placed.status == Appointment.Status.HELD else "booked"
            messages.success(request, f"{session.label} is {done}.")
            return to_course(session.course)
    return show(
        request,
        "scheduler/place_session.html",
        title=f"Book {session.label}",
        section="patients",
        session=session,
        form=form,
        offers=_offers(session, _site(request)),
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
            override_reason=typed["override_reason"],
            actor=actor_of(request),
            now=time_now,
        )
    return book_appointment(
        session=session,
        site=typed["site"],
        starts_at=form.starts_at(),
        override_reason=typed["override_reason"],
        actor=actor_of(request),
        now=time_now,
    )


def _site(request: HttpRequest) -> Site | None:
    sites = list(Site.objects.all())
    wanted = request.POST.get("site") or request.GET.get("site") or ""
    return next((s for s in sites if str(s.pk) == wanted), None) or next(
        iter(sites), None
    )


def _offers(session: Session, site: Site | None) -> list[Offer]:
    if site is None:
        return []
    row = next(r for r in session_rows(session.course) if r.session.pk == session.pk)
    return next_offers(
        session=session,
        site=site,
        from_on=row.first_day or date.min,
        now=now(),
    )
