"""One appointment: when, where, who, what happened, what was told, what may follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from courses.forms import ActionForm
from scheduler.actions.move_appointment import move_appointment
from scheduler.appointment_history import deviation_sentences
from scheduler.clearance import not_cleared
from scheduler.closed_visits import closed_then, closures_over
from scheduler.day_board import BoardVisit
from scheduler.forms import MoveForm
from scheduler.models import Appointment
from scheduler.offers import next_offers
from scheduler.site_clock import on_clock
from scheduler.views.staff import (
    actor_of,
    sees_override,
    show,
    staff_page,
    tell_deviations,
)
from scheduler.visit_steps import RUN_DESK

SEES = "scheduler.view_appointment"


@dataclass(frozen=True)
class Unreasoned:
    """A step that wasn't taken because of the reason that was given, or not given."""

    verb: str
    form: ActionForm


@staff_page(SEES)
def appointment_page(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Show everything about one appointment."""
    return show_appointment(request, appointment_id)


@staff_page(SEES)
def visit_panel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Show the short form that opens beside the board."""
    visit = _visit(appointment_id)
    return show(
        request,
        "scheduler/visit_panel.html",
        visit=visit,
        here=request.GET.get("next", ""),
    )


def show_appointment(
    request: HttpRequest, appointment_id: UUID, unreasoned: Unreasoned | None = None
) -> HttpResponse:
    """Show the page, with the reason as it was typed if it was refused."""
    visit = _visit(appointment_id)
    appointment = visit.appointment
    return show(
        request,
        "scheduler/appointment.html",
        title=f"{visit.patient.full_name}: {appointment.session.label}",
        section="board",
        visit=visit,
        claims=_local_claims(appointment),
        events=_local_events(appointment),
        unreasoned=unreasoned,
        restored_as=appointment.restored_as.first(),
        here=reverse("scheduler:appointment", args=[appointment.pk]),
    )


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Ask for another time on the site's clock, and move the appointment there."""
    visit = _visit(appointment_id)
    appointment = visit.appointment
    form = MoveForm(
        request.POST or None,
        initial=_initial(visit),
        may_override=sees_override(request),
    )
    if request.method == "POST" and form.is_valid():
        moved = form.perform(lambda: _move(request, form, appointment))
        if moved is not None:
            _tell_moved(request, appointment, moved)
            page = reverse("scheduler:appointment", args=[moved.pk])
            return HttpResponseRedirect(page)
    return show(
        request,
        "scheduler/move.html",
        title=f"Move {appointment.session.label}",
        section="board",
        visit=visit,
        form=form,
        revision=appointment.revision,
        offers=next_offers(
            session=appointment.session,
            site=appointment.site,
            from_on=visit.starts.date() - timedelta(days=2),
            ignoring_appointments={appointment.pk},
            except_at=appointment.starts_at,
            is_hold=appointment.status == Appointment.Status.HELD,
            now=now(),
        ),
    )


def _move(
    request: HttpRequest, form: MoveForm, appointment: Appointment
) -> Appointment:
    return move_appointment(
        appointment=appointment,
        revision=form.cleaned_data["revision"],
        starts_at=form.starts_at(),
        site=form.cleaned_data["site"],
        override_reason=form.typed_override(),
        actor=actor_of(request),
        now=now(),
    )


def _tell_moved(request: HttpRequest, shown: Appointment, moved: Appointment) -> None:
    if moved.revision == shown.revision:
        messages.info(request, "The visit is there already. Nothing was changed.")
        return
    if (moved.starts_at, moved.site_id) == (shown.starts_at, shown.site_id):
        messages.success(
            request, "The visit keeps its time. Other people or rooms serve it now."
        )
    else:
        messages.success(request, "The visit is moved.")
    tell_deviations(request, moved)


def _initial(visit: BoardVisit) -> dict[str, object]:
    return {
        "site": visit.appointment.site_id,
        "on": visit.starts.date(),
        "at": visit.starts.time(),
        "revision": visit.appointment.revision,
    }


def _visit(appointment_id: UUID) -> BoardVisit:
    appointment = get_object_or_404(
        Appointment.objects.select_related(
            "session__visit_type",
            "session__course__protocol",
            "session__course__patient",
            "session__course__prescriber",
            "patient",
            "site",
        ).prefetch_related("claims__resource"),
        pk=appointment_id,
    )
    key = appointment.pk
    return BoardVisit(
        appointment,
        "",
        now(),
        not_cleared=not_cleared([appointment]).get(key, ""),
        closed=closed_then([appointment], closures_over([appointment])).get(key, ""),
    )


def _local_claims(
    appointment: Appointment,
) -> list[tuple[str, str, datetime, datetime]]:
    zone = appointment.site.zone
    claims = sorted(appointment.claims.all(), key=lambda c: (c.starts_at, c.pk))
    return [
        (
            claim.party,
            f"{claim.resource.name}, unit {claim.unit + 1}"
            if claim.resource.capacity > 1
            else claim.resource.name,
            on_clock(claim.starts_at, zone),
            on_clock(claim.ends_at, zone),
        )
        for claim in claims
    ]


def _local_events(
    appointment: Appointment,
) -> list[tuple[datetime, str, str, str, list[str]]]:
    zone = appointment.site.zone
    return [
        (
            on_clock(event.occurred_at, zone),
            event.get_kind_display(),
            event.actor_label,
            str(event.details.get("reason", "")),
            deviation_sentences(event),
        )
        for event in appointment.events.all()
    ]
