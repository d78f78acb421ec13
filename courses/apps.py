from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate


class CoursesConfig(AppConfig):
    name = "courses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Watch over the guards that the database keeps."""
        from courses.guards import check_guards

        register(check_guards, Tags.database)
        post_migrate.connect(_put_back_guards, dispatch_uid="courses.put_back_guards")


def _put_back_guards(sender: AppConfig, using: str, **kwargs: Any) -> None:
    # Sent once per app: look once, after the last one.
    if sender is list(apps.get_app_configs())[-1]:
        from courses.guards import put_back_missing_guards

        put_back_missing_guards(connections[using])
