"""One reminder to begin with: the morning of the day before."""

from datetime import time

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODE = "reminder-1d"


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rules = apps.get_model("notifications", "ReminderRule")
    rules.objects.get_or_create(
        code=CODE,
        defaults={
            "name": "The day before, at 10 in the morning",
            "days_before": 1,
            "at_clock": time(10),
        },
    )


def take_away(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("notifications", "ReminderRule").objects.filter(code=CODE).delete()


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_invariants")]

    operations = [migrations.RunPython(add, take_away)]
