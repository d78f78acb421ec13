"""What the models and migrations say that the database keeps."""

from collections.abc import Iterator

from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model, UniqueConstraint

from courses.invariants import FollowUp, Guard, Keep, NamedColumn

APPS = ("courses", "scheduler", "notifications")


def models() -> Iterator[type[Model]]:
    for app in APPS:
        yield from apps.get_app_config(app).get_models()


def guards() -> list[Guard]:
    """Every guard of every migration, whichever engine needs it."""
    return [
        guard
        for (app, _), migration in MigrationLoader(None).disk_migrations.items()
        if app in APPS
        for operation in migration.operations
        if isinstance(operation, Keep)
        for guard in operation.guards
    ]


def kept() -> set[str]:
    """The name of everything that refuses a row; a follow-up refuses nothing."""
    constraints = {each.name for model in models() for each in model._meta.constraints}
    return constraints | {
        guard.name for guard in guards() if not isinstance(guard, FollowUp)
    }


def uniques() -> dict[str, bool]:
    """The name of everything unique, and whether it is so for some rows only."""
    return {
        each.name: each.condition is not None
        for model in models()
        for each in model._meta.constraints
        if isinstance(each, UniqueConstraint)
    } | {guard.name: False for guard in guards() if isinstance(guard, NamedColumn)}
