"""What must never be false about messages, kept by the database itself.

SQLite says which columns a unique index is over, but not its name; the triggers do.
"""

from django.db import migrations

from courses.invariants import Keep, Trigger

OWED_ALREADY = (
    "EXISTS (SELECT 1 FROM notifications_notification n"
    " WHERE n.appointment_id = NEW.appointment_id AND n.revision = NEW.revision"
    " AND n.rule_code = NEW.rule_code AND n.recipient = NEW.recipient"
    " AND n.channel = NEW.channel AND n.id IS NOT NEW.id)"
)


def owed_once() -> list[Trigger]:
    return [
        Trigger(
            name="notification_is_owed_once",
            suffix=f"_{verb.lower()}",
            table="notifications_notification",
            moment=moment,
            sentence="This message is already planned.",
            sqlite_when=OWED_ALREADY,
        )
        for verb, moment in (
            ("INSERT", "BEFORE INSERT"),
            (
                "UPDATE",
                "BEFORE UPDATE OF"
                " appointment_id, revision, rule_code, recipient, channel",
            ),
        )
    ]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [Keep(owed_once())]
