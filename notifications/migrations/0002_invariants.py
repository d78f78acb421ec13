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
NUMBERED_ALREADY = (
    "EXISTS (SELECT 1 FROM notifications_deliveryattempt a"
    " WHERE a.notification_id = NEW.notification_id AND a.number = NEW.number"
    " AND a.id IS NOT NEW.id)"
)


def unique(
    *, name: str, table: str, columns: str, sentence: str, when: str
) -> list[Trigger]:
    return [
        Trigger(
            name=name,
            suffix=f"_{verb}",
            table=table,
            moment=moment,
            sentence=sentence,
            sqlite_when=when,
        )
        for verb, moment in (
            ("insert", "BEFORE INSERT"),
            ("update", f"BEFORE UPDATE OF {columns}"),
        )
    ]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        Keep(
            [
                *unique(
                    name="notification_is_owed_once",
                    table="notifications_notification",
                    columns="appointment_id, revision, rule_code, recipient, channel",
                    sentence="This message is already planned.",
                    when=OWED_ALREADY,
                ),
                *unique(
                    name="delivery_attempt_has_its_number",
                    table="notifications_deliveryattempt",
                    columns="notification_id, number",
                    sentence="Each try to deliver a message has its own number.",
                    when=NUMBERED_ALREADY,
                ),
            ]
        )
    ]
