"""The words of the choices only; stored values and the tables stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0005_another_address"),
    ]

    operations = [
        migrations.AlterField(
            model_name="appointment",
            name="status",
            field=models.CharField(
                choices=[
                    ("held", "Held"),
                    ("booked", "Booked"),
                    ("arrived", "Arrived"),
                    ("in_session", "In session"),
                    ("recovering", "Recovering"),
                    ("completed", "Completed"),
                    ("cancelled", "Canceled"),
                    ("no_show", "No-show"),
                    ("expired", "Expired"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="appointmentevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("held", "Held"),
                    ("booked", "Booked"),
                    ("confirmed", "Hold confirmed"),
                    ("moved", "Moved"),
                    ("restaffed", "People or rooms changed"),
                    ("readdressed", "Messages go to another address"),
                    ("cancelled", "Canceled"),
                    ("restored", "Restored"),
                    ("checked_in", "Checked in"),
                    ("check_in_undone", "Check-in undone"),
                    ("started", "Started"),
                    ("recovery_begun", "Recovery begun"),
                    ("finished", "Finished"),
                    ("no_show", "No-show"),
                    ("no_show_undone", "No-show undone"),
                    ("expired", "Hold expired"),
                ],
                max_length=20,
            ),
        ),
    ]
