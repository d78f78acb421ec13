"""Sites, resources, hours, closures and protocols by hand; the calendar read-only."""

from scheduler.admin import calendar, protocols, resources

__all__ = ["calendar", "protocols", "resources"]
