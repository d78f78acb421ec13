"""Telling: reads what happened, plans what is owed, and sends it."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Ring for the planner whenever an event has been committed."""
        from notifications import doorbell

        doorbell.connect()
