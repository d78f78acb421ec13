"""What a protocol gained since is as immutable as the rest, once it is published."""

from django.db import migrations

from courses.invariants import Replace, Trigger

IMMUTABLE = "A published protocol never changes. Make a new version of it."
FIELDS = ("code", "version", "name", "summary", "source")
GAINED = ("keeps_therapist", "finishes_early", "interval_by_order")


def immutable_protocol(fields: tuple[str, ...]) -> Trigger:
    def changed(differs: str) -> str:
        content = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in fields)
        return (
            f"OLD.status <> 'draft' AND ({content}"
            f" OR NEW.published_at {differs} OLD.published_at OR"
            " (NEW.status <> OLD.status AND NOT"
            " (OLD.status = 'published' AND NEW.status = 'retired')))"
        )

    return Trigger(
        name="protocol_is_immutable_once_published",
        suffix="_update",
        table="courses_protocol",
        moment="BEFORE UPDATE",
        sentence=IMMUTABLE,
        sqlite_when=changed("IS NOT"),
        postgresql_when=changed("IS DISTINCT FROM"),
    )


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_protocol_rules")]

    operations = [
        Replace(
            [immutable_protocol((*FIELDS, *GAINED))],
            replaced=[immutable_protocol(FIELDS)],
        )
    ]
