"""Reminder rules by hand; messages and the tries to deliver them read-only."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses.admin.kinds import KeptByHand, ReadOnly
from notifications.models import Notification, ReminderRule
from scheduler.site_clock import on_clock


@admin.register(ReminderRule)
class ReminderRuleAdmin(KeptByHand):
    list_display = ("name", "code", "is_active")


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("due", "kind", "recipient", "status", "reason", "page")
    list_filter = ("status", "kind")
    list_select_related = ("appointment__site",)
    fields = (
        "due",
        ("kind", "rule_code", "channel"),
        "recipient",
        ("status", "reason"),
        ("revision", "sequence", "attempts"),
        "message_id",
        "page",
    )
    readonly_fields = ("due", "page")

    @admin.display(description="due", ordering="due_at")
    def due(self, notification: Notification) -> str:
        """Return when it is due, on the clock of the visit's site."""
        zone = notification.appointment.site.zone
        return f"{on_clock(notification.due_at, zone):%b %-d, %Y %H:%M %Z}"

    @admin.display(description="about")
    def page(self, notification: Notification) -> SafeString:
        """Return the link to the appointment that it tells about."""
        address = reverse("scheduler:appointment", args=[notification.appointment_id])
        return format_html('<a href="{}">Open</a>', address)
