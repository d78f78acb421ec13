"""Patients are found by a folded text, kept in a column of its own."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from courses.rules.searching import search_text


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fold what the patients that are there already are found by."""
    patients = apps.get_model("courses", "Patient")._default_manager
    for patient in patients.iterator():
        phone = patient.phone
        patient.search_text = search_text(
            (patient.given_name, patient.family_name, patient.email),
            (str(phone), phone.as_national) if phone else (),
        )
        patient.save(update_fields=["search_text"])


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_clinic_history")]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="search_text",
            field=models.TextField(blank=True, default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
