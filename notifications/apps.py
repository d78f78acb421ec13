"""Telling: reads what happened, plans what is owed, and sends it."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Ring for the planner at every committed event; know the named refusals."""
        from notifications import doorbell
        from notifications import errors as errors  # error_for finds what is imported

        doorbell.connect()
