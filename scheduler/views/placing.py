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
from scheduler.forms import BookForm
from scheduler.models import Appointment
from scheduler.views.courses import to_course
from scheduler.views.offered import chosen_site, offered
from scheduler.views.staff import (
    actor_of,
    sees_override,
    show,
    staff_page,
    tell_deviations,
)
from scheduler.visit_steps import RUN_DESK


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def place_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ask for a time for one session, and book or hold it."""
    session = get_object_or_404(
        Session.objects.select_related("course__patient", "visit_type", "step"),
        pk=session_id,
    )
    site = chosen_site(request, session)
    form = BookForm(
        request.POST or None,
        may_override=sees_override(request),
        initial={"site": site},
    )
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
        course=session.course,
        label=session.label,
        form=form,
        **offered(session, site),
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
