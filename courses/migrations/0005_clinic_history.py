"""The history of the clinic as a whole, and that it is append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from courses.invariants import Keep, append_only, not_truncated

SENTENCE = "History is never changed or deleted."


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0004_spacing_rules_say_what_is_wrong"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClinicEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("time_closed", "Time closed"),
                            ("time_reopened", "Time reopened"),
                            ("protocol_published", "Protocol published"),
                            ("protocol_retired", "Protocol retired"),
                            ("library_installed", "Library installed"),
                            ("feed_issued", "Calendar address made"),
                            ("feed_revoked", "Calendar address taken away"),
                        ],
                        max_length=30,
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="about")),
                (
                    "subject_id",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="its number"
                    ),
                ),
                ("details", models.JSONField(blank=True, default=dict)),
                ("actor_label", models.CharField(max_length=150, verbose_name="by")),
                ("occurred_at", models.DateTimeField()),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-occurred_at", "-id"),
                "indexes": [
                    models.Index(
                        fields=["occurred_at", "id"], name="clinic_event_by_time"
                    )
                ],
            },
        ),
        Keep(
            [
                *append_only("courses_clinicevent", SENTENCE),
                not_truncated(
                    "history_is_append_only", "courses_clinicevent", SENTENCE
                ),
            ]
        ),
    ]
