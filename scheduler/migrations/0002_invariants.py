"""What must never be false about the calendar, kept by the database itself.

On PostgreSQL overlap is an exclusion constraint; SQLite has the twin as a trigger.
"""

from django.db import migrations

from courses.invariants import (
    Exclusion,
    FollowUp,
    Keep,
    Trigger,
    append_only,
    not_replaced,
)

LIVE = "('held', 'booked', 'arrived', 'in_session', 'recovering', 'completed')"

EXCLUSIONS = [
    Exclusion(
        name="claim_unit_held_by_one_appointment_at_a_time",
        table="scheduler_claim",
        rule="resource_id WITH =, unit WITH =,"
        " tstzrange(starts_at, ends_at) WITH &&) WHERE (is_live)",
    ),
    Exclusion(
        name="patient_is_in_one_place_at_a_time",
        table="scheduler_appointment",
        rule="patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&)"
        f" WHERE (status IN {LIVE})",
    ),
]

# The claims follow their appointment in the same statement, so that no moment exists
# in which a cancelled appointment keeps a chair or a restored one has lost it.
FOLLOWING = FollowUp(
    name="claims_follow_their_appointment",
    table="scheduler_appointment",
    column="status",
    statement=(
        f"UPDATE scheduler_claim SET is_live = (NEW.status IN {LIVE})"
        f" WHERE appointment_id = NEW.id AND is_live <> (NEW.status IN {LIVE})"
    ),
)


def on_insert_and_update(
    *,
    name: str,
    table: str,
    sentence: str,
    sqlite_when: str,
    postgresql_when: str | None = None,
) -> list[Trigger]:
    return [
        Trigger(
            name=name,
            suffix=f"_{verb.lower()}",
            table=table,
            moment=f"BEFORE {verb}",
            sentence=sentence,
            sqlite_when=sqlite_when,
            postgresql_when=postgresql_when,
        )
        for verb in ("INSERT", "UPDATE")
    ]


def overlap_twins() -> list[Trigger]:
    return [
        *on_insert_and_update(
            name="claim_unit_held_by_one_appointment_at_a_time",
            table="scheduler_claim",
            sentence="That time was just taken.",
            sqlite_when=(
                "NEW.is_live AND EXISTS (SELECT 1 FROM scheduler_claim c"
                " WHERE c.resource_id = NEW.resource_id AND c.unit = NEW.unit"
                " AND c.is_live AND c.id IS NOT NEW.id"
                " AND c.starts_at < NEW.ends_at AND c.ends_at > NEW.starts_at)"
            ),
        ),
        *on_insert_and_update(
            name="patient_is_in_one_place_at_a_time",
            table="scheduler_appointment",
            sentence="The patient has another appointment at that time.",
            sqlite_when=(
                f"NEW.status IN {LIVE} AND EXISTS (SELECT 1"
                " FROM scheduler_appointment a WHERE a.patient_id = NEW.patient_id"
                f" AND a.status IN {LIVE} AND a.id <> NEW.id"
                " AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at)"
            ),
        ),
        *on_insert_and_update(
            name="session_has_one_live_appointment",
            table="scheduler_appointment",
            sentence="This session already has an appointment.",
            sqlite_when=(
                f"NEW.status IN {LIVE} AND EXISTS (SELECT 1"
                " FROM scheduler_appointment a WHERE a.session_id = NEW.session_id"
                f" AND a.status IN {LIVE} AND a.id <> NEW.id)"
            ),
        ),
    ]


def claims_in_step() -> list[Trigger]:
    condition = (
        f"NEW.is_live <> (SELECT a.status IN {LIVE} FROM scheduler_appointment a"
        " WHERE a.id = NEW.appointment_id)"
    )
    return on_insert_and_update(
        name="claims_live_as_their_appointment",
        table="scheduler_claim",
        sentence="A claim is live exactly as long as its appointment is.",
        sqlite_when=condition,
        postgresql_when=condition,
    )


def units_within_capacity() -> list[Trigger]:
    name = "claim_unit_is_within_capacity"
    sentence = "The resource has fewer units than are claimed."
    beyond = (
        "NEW.is_live AND NEW.unit >= (SELECT r.capacity FROM scheduler_resource r"
        " WHERE r.id = NEW.resource_id)"
    )
    # What is over may have used units that the resource no longer has.
    lowered = (
        "NEW.capacity < OLD.capacity AND EXISTS (SELECT 1 FROM scheduler_claim c"
        " WHERE c.resource_id = NEW.id AND c.is_live AND c.unit >= NEW.capacity"
        " AND c.ends_at > {now})"
    )
    return [
        *on_insert_and_update(
            name=name,
            table="scheduler_claim",
            sentence=sentence,
            sqlite_when=beyond,
            postgresql_when=beyond,
        ),
        Trigger(
            name=name,
            suffix="_capacity",
            table="scheduler_resource",
            moment="BEFORE UPDATE",
            sentence=sentence,
            sqlite_when=lowered.format(now="datetime('now')"),
            postgresql_when=lowered.format(now="now()"),
        ),
        not_replaced(name, "scheduler_resource", sentence),
    ]


def sequence_rises() -> list[Trigger]:
    name = "sequence_rises_when_the_appointment_moves"
    sentence = "An appointment can't change without a higher sequence and revision."
    condition = (
        "(NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at"
        " OR NEW.site_id <> OLD.site_id OR NEW.status <> OLD.status)"
        " AND (NEW.sequence <= OLD.sequence OR NEW.revision <= OLD.revision)"
    )
    return [
        Trigger(
            name=name,
            table="scheduler_appointment",
            moment="BEFORE UPDATE",
            sentence=sentence,
            sqlite_when=condition,
            postgresql_when=condition,
        ),
        not_replaced(name, "scheduler_appointment", sentence),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0001_initial"),
        ("courses", "0002_invariants"),
    ]

    operations = [
        Keep(
            [
                *EXCLUSIONS,
                *overlap_twins(),
                *claims_in_step(),
                *units_within_capacity(),
                *sequence_rises(),
                *append_only(
                    "scheduler_appointmentevent", "History is never changed or deleted."
                ),
                FOLLOWING,
            ]
        ),
    ]
