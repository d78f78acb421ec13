"""Rules that only some protocols have, and a course's own interval between doses."""

from collections.abc import Callable

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def renaming_blindly(state: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """Let SQLite rename the tables that it rebuilds, whatever triggers say of them.

    Triggers of other tables name these, and for a moment of a rebuild they are not there.
    """

    def switch(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "sqlite":
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(f"PRAGMA legacy_alter_table = {state}")

    return switch


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0008_course_holds"),
    ]

    operations = [
        migrations.RunPython(renaming_blindly("ON"), renaming_blindly("OFF")),
        migrations.AddField(
            model_name="course",
            name="dose_interval_earliest",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="dose_interval_latest",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="dose_interval_source",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="course",
            name="dose_interval_target",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="protocol",
            name="finishes_early",
            field=models.BooleanField(
                default=True,
                help_text="Off where target days matter more, such as in maintenance.",
                verbose_name="an early finish comes first",
            ),
        ),
        migrations.AddField(
            model_name="protocol",
            name="interval_by_order",
            field=models.BooleanField(
                default=False,
                help_text="A course may have its own days from one dose to the next.",
                verbose_name="the order sets the interval",
            ),
        ),
        migrations.AddField(
            model_name="protocol",
            name="keeps_therapist",
            field=models.BooleanField(
                default=False,
                help_text="Courses are planned with one therapist, or not at all.",
                verbose_name="one therapist throughout",
            ),
        ),
        migrations.AddField(
            model_name="protocolstep",
            name="is_before_hard",
            field=models.BooleanField(
                default=True,
                help_text="Off: ending later is a deviation, and isn't refused.",
            ),
        ),
        migrations.AddField(
            model_name="protocolstep",
            name="maximum_hours",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="At most so many hours after the anchor's end; later is refused.",
            ),
        ),
        migrations.AddField(
            model_name="spacingrule",
            name="about",
            field=models.CharField(
                choices=[
                    ("assessment", "Assessment"),
                    ("preparation", "Preparation"),
                    ("dosing", "Dosing"),
                    ("integration", "Integration"),
                    ("therapy", "Therapy"),
                    ("measure", "Measure"),
                    ("call", "Call"),
                    ("review", "Review"),
                    ("follow_up", "Follow-up"),
                ],
                default="dosing",
                help_text="The kind of visit that the rule is about.",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="courseevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("patient_registered", "Patient registered"),
                    ("patient_changed", "Patient details changed"),
                    ("course_opened", "Course opened"),
                    ("assessment_planned", "Assessment planned"),
                    ("assessment_recorded", "Assessment recorded"),
                    ("assessment_decided", "Assessment decided"),
                    ("protocol_chosen", "Protocol chosen"),
                    ("dose_interval_set", "Days between doses set"),
                    ("treatment_started", "Treatment started"),
                    ("course_stopped", "Course stopped early"),
                    ("course_completed", "Course completed"),
                    ("session_status", "Session changed"),
                    ("session_omitted", "Session left out"),
                    ("session_reinstated", "Session taken up again"),
                    ("session_added", "Session added"),
                    ("course_extended", "Course extended"),
                    ("course_shortened", "Course shortened"),
                    ("course_held", "Course put on hold"),
                    ("course_resumed", "Course resumed"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="resourceneed",
            name="continuity",
            field=models.CharField(
                choices=[
                    ("none", "Anybody or anything that fits"),
                    ("therapist", "The course's therapist"),
                    ("prescriber", "The course's prescriber if possible"),
                    ("other", "Anybody but the course's therapist"),
                ],
                default="none",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dose_interval_earliest__isnull", True),
                        ("dose_interval_latest__isnull", True),
                        ("dose_interval_source", ""),
                        ("dose_interval_target__isnull", True),
                    ),
                    models.Q(
                        ("dose_interval_earliest__gte", 1),
                        ("dose_interval_earliest__isnull", False),
                        (
                            "dose_interval_earliest__lte",
                            models.F("dose_interval_target"),
                        ),
                        ("dose_interval_latest__isnull", False),
                        ("dose_interval_target__isnull", False),
                        ("dose_interval_target__lte", models.F("dose_interval_latest")),
                        models.Q(("dose_interval_source", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="course_dose_interval_is_whole_and_in_order",
            ),
        ),
        migrations.RunPython(renaming_blindly("OFF"), renaming_blindly("ON")),
    ]
