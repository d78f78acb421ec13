"""A form refuses a spacing rule with a sentence instead of a constraint's name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0003_every_invariant_has_its_name"),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name="spacingrule",
            name="spacing_rule_counts_only_in_days",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("count__gte", 1),
                        ("count__isnull", False),
                        ("kind", "most_in_days"),
                    ),
                    models.Q(
                        models.Q(("kind", "most_in_days"), _negated=True),
                        ("count__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="spacing_rule_counts_only_in_days",
                violation_error_message="Give a count of one or more to “At most so many”, and to no other rule.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="spacingrule",
            name="spacing_rule_spans_days",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", 1)),
                name="spacing_rule_spans_days",
                violation_error_message="A spacing rule is about at least one day.",
            ),
        ),
    ]
