from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from scheduler.config import checks as checks  # registers them


class SchedulerConfig(AppConfig):
    name = "scheduler"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep the roles in step with the permissions; know the named refusals."""
        from scheduler import errors as errors  # error_for finds what is imported

        post_migrate.connect(_install_roles, dispatch_uid="scheduler.install_roles")


def _install_roles(sender: AppConfig, **kwargs: Any) -> None:
    # Sent once per app: only after the last one do all permissions exist.
    if sender is list(apps.get_app_configs())[-1]:
        from scheduler.roles import install_roles

        install_roles()
