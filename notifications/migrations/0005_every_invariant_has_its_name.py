"""What was kept without a name that a person can act on, and tries that may not go."""

from django.db import migrations

from courses.invariants import Keep, append_only, not_truncated, unique_column

ATTEMPTS = "notifications_deliveryattempt"
KEPT = "History is never changed or deleted."


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_find_messages_in_hand")]

    operations = [
        Keep(
            [
                *unique_column(
                    name="reminder_rule_has_its_own_code",
                    table="notifications_reminderrule",
                    column="code",
                    sentence="Another reminder rule has that code.",
                ),
                *unique_column(
                    name="notification_has_its_own_message_id",
                    table="notifications_notification",
                    column="message_id",
                    sentence="Another message has that Message-ID.",
                ),
                # A try gets its outcome later, so that UPDATE is allowed.
                *append_only(ATTEMPTS, KEPT, verbs=("DELETE",)),
                not_truncated("history_is_append_only", ATTEMPTS, KEPT),
            ]
        )
    ]
