"""Booking or holding one session of a course, with the next free times to click."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now

from courses.models import Session
from scheduler.actions.book_appointment import book_appointment
from scheduler.actions.hold_appointment import hold_appointment
from scheduler.availability import free_starts
from scheduler.forms import BookForm
from scheduler.models import Appointment, Site
from scheduler.site_clock import on_clock
from scheduler.views.courses import to_course
from scheduler.views.staff import actor_of, show, staff_page
from scheduler.visit_steps import RUN_DESK

DAYS_LOOKED_AT = 14
MOST_OFFERED = 12


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


def _offers(session: Session, site: Site | None) -> list[dict[str, object]]:
    """Return the first free times of the next days, a few on each."""
    if site is None or not session.visit_type.is_placed:
        return []
    time_now = now()
    today = on_clock(time_now, site.zone).date()
    first = max(today, session.earliest_on or today)
    slots = free_starts(
        visit_type=session.visit_type,
        site=site,
        from_on=first,
        until_on=first + timedelta(days=DAYS_LOOKED_AT),
        patient=session.course.patient,
        now=time_now,
    )
    offers: list[dict[str, object]] = []
    per_day: dict[object, int] = {}
    for slot in slots:
        local = on_clock(slot.starts_at, site.zone)
        per_day[local.date()] = per_day.get(local.date(), 0) + 1
        if per_day[local.date()] <= 3 and len(offers) < MOST_OFFERED:
            offers.append({"local": local, "site": site})
    return offers
