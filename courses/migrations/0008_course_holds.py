"""Pauses of a course, at most one open at a time, and the kinds of its history."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from courses.invariants import Keep, unique

ONE_OPEN_HOLD = unique(
    name="course_has_one_open_hold",
    table="courses_coursehold",
    columns=("course_id",),
    sentence="This course is on hold already.",
    among="{row}.ended_at IS NULL",
)


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0007_sessions_outside_the_protocol"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CourseHold",
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
                ("reason", models.CharField(max_length=200)),
                ("review_on", models.DateField()),
                ("held_at", models.DateTimeField()),
                ("held_by_label", models.CharField(max_length=150)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="courses.course",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-held_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("course",),
                        name="course_has_one_open_hold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="course_hold_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True),
                            ("ended_at__gte", models.F("held_at")),
                            _connector="OR",
                        ),
                        name="course_hold_ends_after_it_began",
                    ),
                ],
            },
        ),
        Keep(ONE_OPEN_HOLD),
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
    ]
