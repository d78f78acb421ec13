"""Added sessions hang on another one by days, or repeat a step; a dose owns its own."""

import django.db.models.deletion
from django.db import migrations, models

from courses.invariants import Keep, Trigger

HUNG = "o.id IN (NEW.anchor_id, NEW.pair_of_id)"
ELSEWHERE = (
    "NEW.id = NEW.anchor_id OR NEW.id = NEW.pair_of_id OR EXISTS ("
    f"SELECT 1 FROM courses_session o WHERE o.course_id <> NEW.course_id AND ({HUNG}"
    " OR o.anchor_id = NEW.id OR o.pair_of_id = NEW.id))"
)


def hangs_on_its_own_course() -> list[Trigger]:
    moments = {
        "insert": "BEFORE INSERT",
        "update": "BEFORE UPDATE OF anchor_id, pair_of_id, course_id",
    }
    return [
        Trigger(
            name="session_hangs_on_another_of_its_course",
            suffix=f"_{verb}",
            table="courses_session",
            moment=moment,
            sentence="A session hangs on another session of its own course.",
            sqlite_when=ELSEWHERE,
            postgresql_when=ELSEWHERE,
            postgresql_first=(
                f"PERFORM 1 FROM courses_session o WHERE {HUNG} ORDER BY o.id FOR SHARE"
            ),
        )
        for verb, moment in moments.items()
    ]


class Migration(migrations.Migration):
    dependencies = [("courses", "0006_patient_search_text")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="anchor",
            field=models.ForeignKey(
                blank=True,
                help_text="The session from whose day the window counts.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="anchored",
                to="courses.session",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="earliest_days",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="latest_days",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="pair_of",
            field=models.ForeignKey(
                blank=True,
                help_text="The dose that this session belongs to and moves with.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="paired",
                to="courses.session",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="repeats",
            field=models.ForeignKey(
                blank=True,
                help_text="The step whose window and rules it has once more.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repetitions",
                to="courses.protocolstep",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="target_days",
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("target_on__isnull", True),
                    models.Q(
                        models.Q(
                            ("earliest_on__isnull", True),
                            ("earliest_on__lte", models.F("target_on")),
                            _connector="OR",
                        ),
                        models.Q(
                            ("latest_on__isnull", True),
                            ("latest_on__gte", models.F("target_on")),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="session_target_is_inside_its_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("step__isnull", True),
                    models.Q(
                        ("anchor__isnull", True),
                        ("pair_of__isnull", True),
                        ("repeats__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="step_says_what_its_session_hangs_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("anchor__isnull", True),
                        ("earliest_days__isnull", True),
                        ("latest_days__isnull", True),
                        ("repeats__isnull", True),
                        ("target_days__isnull", True),
                    ),
                    models.Q(
                        ("anchor__isnull", False),
                        ("earliest_days__isnull", True),
                        ("latest_days__isnull", True),
                        ("repeats__isnull", False),
                        ("target_days__isnull", True),
                    ),
                    models.Q(
                        ("anchor__isnull", False),
                        ("earliest_days__isnull", False),
                        ("earliest_days__lte", models.F("target_days")),
                        ("latest_days__isnull", False),
                        ("repeats__isnull", True),
                        ("target_days__isnull", False),
                        ("target_days__lte", models.F("latest_days")),
                    ),
                    _connector="OR",
                ),
                name="anchored_session_has_one_window",
            ),
        ),
        Keep(hangs_on_its_own_course()),
    ]
