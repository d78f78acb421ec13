"""What must never be false about courses, kept by the database itself."""

from django.db import migrations

from courses.invariants import Keep, Trigger, append_only, not_replaced

ENDED = "('completed', 'stopped_early', 'not_eligible')"
IMMUTABLE = "A published protocol never changes. Make a new version of it."


def one_active_course() -> list[Trigger]:
    return [
        Trigger(
            name="patient_has_one_active_course",
            suffix=f"_{moment.split()[1].lower()}",
            table="courses_course",
            moment=moment,
            sentence="This patient already has an active course.",
            sqlite_when=(
                f"NEW.status NOT IN {ENDED} AND EXISTS (SELECT 1 FROM courses_course c"
                " WHERE c.patient_id = NEW.patient_id AND c.id <> NEW.id"
                f" AND c.status NOT IN {ENDED})"
            ),
        )
        for moment in ("BEFORE INSERT", "BEFORE UPDATE")
    ]


def immutable_protocol() -> list[Trigger]:
    fields = ("code", "version", "name", "summary", "source")

    def changed(differs: str) -> str:
        content = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in fields)
        return (
            f"OLD.status <> 'draft' AND ({content}"
            f" OR NEW.published_at {differs} OLD.published_at OR"
            " (NEW.status <> OLD.status AND NOT"
            " (OLD.status = 'published' AND NEW.status = 'retired')))"
        )

    return [
        Trigger(
            name="protocol_is_immutable_once_published",
            suffix="_update",
            table="courses_protocol",
            moment="BEFORE UPDATE",
            sentence=IMMUTABLE,
            sqlite_when=changed("IS NOT"),
            postgresql_when=changed("IS DISTINCT FROM"),
        ),
        Trigger(
            name="protocol_is_immutable_once_published",
            suffix="_delete",
            table="courses_protocol",
            moment="BEFORE DELETE",
            sentence=IMMUTABLE,
            sqlite_when="OLD.status <> 'draft'",
            postgresql_when="OLD.status <> 'draft'",
        ),
        not_replaced(
            "protocol_is_immutable_once_published", "courses_protocol", IMMUTABLE
        ),
    ]


def immutable_parts(table: str) -> list[Trigger]:
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    triggers = []
    for verb, sides in rows.items():
        protocols = ", ".join(f"{side}.protocol_id" for side in sides)
        condition = (
            "EXISTS (SELECT 1 FROM courses_protocol p"
            f" WHERE p.id IN ({protocols}) AND p.status <> 'draft')"
        )
        triggers.append(
            Trigger(
                name="protocol_is_immutable_once_published",
                suffix=f"_{table.removeprefix('courses_')}_{verb.lower()}",
                table=table,
                moment=f"BEFORE {verb}",
                sentence=IMMUTABLE,
                sqlite_when=condition,
                postgresql_when=condition,
            )
        )
    return triggers


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [
        Keep(
            [
                *one_active_course(),
                *immutable_protocol(),
                *immutable_parts("courses_protocolstep"),
                *immutable_parts("courses_spacingrule"),
                *append_only(
                    "courses_courseevent", "History is never changed or deleted."
                ),
            ]
        )
    ]
