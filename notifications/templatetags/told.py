"""Shows on an appointment's page what was told about it.

A template tag, so that the page's own app needs no import from this one.
"""

from typing import Any

from django import template

from notifications.models import Notification
from scheduler.models import Appointment

register = template.Library()


@register.inclusion_tag("notifications/told.html")
def told_about(appointment: Appointment) -> dict[str, Any]:
    """List the messages about the appointment, newest first."""
    messages = Notification.objects.filter(appointment=appointment)
    return {
        "notifications": messages.order_by("-due_at", "-pk"),
        "zone": appointment.site.zone,
    }
