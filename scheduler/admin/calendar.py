"""Appointments, claims and events: looked at here, changed on their own pages.

Every time is shown on the clock of the site that it belongs to.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses.admin.kinds import ReadOnly
from scheduler.models import Appointment, AppointmentEvent, Claim, Site
from scheduler.site_clock import on_clock


def clock_text(instant: datetime, site: Site) -> str:
    """Return the instant as the site's clock shows it, with the zone's letters."""
    return f"{on_clock(instant, site.zone):%b %-d, %Y %H:%M %Z}"


@admin.register(Appointment)
class AppointmentAdmin(ReadOnly):
    list_display = ("starts", "patient", "session", "site", "status", "page")
    list_filter = ("status", "site")
    list_select_related = ("patient", "session", "site")
    fields = (
        ("patient", "session", "site"),
        ("starts", "ends"),
        ("status", "patient_response", "cancel_reason"),
        ("uid", "sequence", "revision"),
        "page",
    )
    readonly_fields = ("starts", "ends", "page")

    @admin.display(description="starts", ordering="starts_at")
    def starts(self, appointment: Appointment) -> str:
        """Return the start on the site's clock."""
        return clock_text(appointment.starts_at, appointment.site)

    @admin.display(description="ends", ordering="ends_at")
    def ends(self, appointment: Appointment) -> str:
        """Return the end on the site's clock."""
        return clock_text(appointment.ends_at, appointment.site)

    @admin.display(description="page")
    def page(self, appointment: Appointment) -> SafeString:
        """Return the link to the page where staff work with the appointment."""
        address = reverse("scheduler:appointment", args=[appointment.pk])
        return format_html('<a href="{}">Open</a>', address)


@admin.register(Claim)
class ClaimAdmin(ReadOnly):
    list_display = ("resource", "unit", "party", "starts", "ends", "is_live")
    list_filter = ("is_live",)
    list_select_related = ("appointment__session", "appointment__site", "resource")
    fields = (
        "appointment",
        "resource",
        "unit",
        "party",
        "starts",
        "ends",
        "is_live",
    )
    readonly_fields = ("starts", "ends")

    @admin.display(description="from", ordering="starts_at")
    def starts(self, claim: Claim) -> str:
        """Return the start on the site's clock."""
        return clock_text(claim.starts_at, claim.appointment.site)

    @admin.display(description="until", ordering="ends_at")
    def ends(self, claim: Claim) -> str:
        """Return the end on the site's clock."""
        return clock_text(claim.ends_at, claim.appointment.site)


@admin.register(AppointmentEvent)
class AppointmentEventAdmin(ReadOnly):
    list_display = ("occurred", "kind", "appointment", "actor_label")
    list_filter = ("kind",)
    list_select_related = ("appointment__session", "appointment__site")
    fields = (
        "occurred",
        "appointment",
        "kind",
        ("from_status", "to_status"),
        ("revision", "sequence"),
        "actor_label",
        "details",
    )
    readonly_fields = ("occurred",)

    def get_fields(
        self, request: HttpRequest, obj: AppointmentEvent | None = None
    ) -> list[Any]:
        """Return the fields; clinicians' reasons are for who may read assessments."""
        fields = super().get_fields(request, obj)
        if request.user.has_perm("courses.view_assessment"):
            return list(fields)
        return [field for field in fields if field != "details"]

    @admin.display(description="when", ordering="occurred_at")
    def occurred(self, event: AppointmentEvent) -> str:
        """Return the moment on the site's clock."""
        return clock_text(event.occurred_at, event.appointment.site)
