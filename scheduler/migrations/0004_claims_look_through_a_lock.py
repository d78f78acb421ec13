"""Claims look at their appointment and resource through a lock, on PostgreSQL.

Without it an appointment could be cancelled, or a capacity lowered, between the look
and the commit. They look once for each statement: a course has ninety claims.
"""

from django.db import migrations

from courses.invariants import Replace, Trigger

LIVE = "('held', 'booked', 'arrived', 'in_session', 'recovering', 'completed')"

IN_STEP = "claims_live_as_their_appointment"
OUT_OF_STEP = (
    f"NEW.is_live <> (SELECT a.status IN {LIVE} FROM scheduler_appointment a"
    " WHERE a.id = NEW.appointment_id)"
)
ANY_OUT_OF_STEP = (
    "EXISTS (SELECT 1 FROM changed c JOIN scheduler_appointment a"
    f" ON a.id = c.appointment_id WHERE c.is_live <> (a.status IN {LIVE}))"
)
LOCK_APPOINTMENTS = (
    "PERFORM 1 FROM scheduler_appointment a WHERE a.id IN"
    " (SELECT c.appointment_id FROM changed c) ORDER BY a.id FOR SHARE"
)

WITHIN = "claim_unit_is_within_capacity"
BEYOND = (
    "NEW.is_live AND NEW.unit >= (SELECT r.capacity FROM scheduler_resource r"
    " WHERE r.id = NEW.resource_id)"
)
ANY_BEYOND = (
    "EXISTS (SELECT 1 FROM changed c JOIN scheduler_resource r"
    " ON r.id = c.resource_id WHERE c.is_live AND c.unit >= r.capacity)"
)
# Whoever lets claims go holds no resource, and must not wait for one here.
LOCK_RESOURCES = (
    "PERFORM 1 FROM scheduler_resource r WHERE r.id IN"
    " (SELECT c.resource_id FROM changed c WHERE c.is_live) ORDER BY r.id FOR SHARE"
)

SENTENCES = {
    IN_STEP: "A claim is live exactly as long as its appointment is.",
    WITHIN: "The resource has fewer units than are claimed.",
}


def on_claims(
    name: str,
    moment: str,
    *,
    sqlite_when: str | None = None,
    postgresql_when: str | None = None,
    postgresql_first: str = "",
) -> list[Trigger]:
    return [
        Trigger(
            name=name,
            suffix=f"_{verb.lower()}",
            table="scheduler_claim",
            moment=f"{moment} {verb}",
            sentence=SENTENCES[name],
            sqlite_when=sqlite_when,
            postgresql_when=postgresql_when,
            postgresql_first=postgresql_first,
        )
        for verb in ("INSERT", "UPDATE")
    ]


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0003_every_invariant_has_its_name")]

    operations = [
        Replace(
            [
                *on_claims(IN_STEP, "BEFORE", sqlite_when=OUT_OF_STEP),
                *on_claims(
                    IN_STEP,
                    "AFTER",
                    postgresql_when=ANY_OUT_OF_STEP,
                    postgresql_first=LOCK_APPOINTMENTS,
                ),
                *on_claims(WITHIN, "BEFORE", sqlite_when=BEYOND),
                *on_claims(
                    WITHIN,
                    "AFTER",
                    postgresql_when=ANY_BEYOND,
                    postgresql_first=LOCK_RESOURCES,
                ),
            ],
            replaced=[
                *on_claims(
                    IN_STEP,
                    "BEFORE",
                    sqlite_when=OUT_OF_STEP,
                    postgresql_when=OUT_OF_STEP,
                ),
                *on_claims(
                    WITHIN, "BEFORE", sqlite_when=BEYOND, postgresql_when=BEYOND
                ),
            ],
        ),
    ]
