"""What was kept without a name that a person can act on, and what may not be emptied.

Unique columns and rows are named on both engines. An appointment is never deleted, and
TRUNCATE, which fires no row trigger, is refused where rows may not go.
"""

from django.db import migrations

from courses.invariants import (
    Keep,
    Trigger,
    not_truncated,
    unique,
    unique_column,
)

CANCELLED = "appointments_are_cancelled_not_deleted"
CANCEL = "Appointments are cancelled, not deleted."

NEVER_GONE = [
    Trigger(
        name=CANCELLED,
        suffix="_delete",
        table="scheduler_appointment",
        moment="BEFORE DELETE",
        sentence=CANCEL,
        sqlite_when="1",
        postgresql_when="TRUE",
    ),
    not_truncated(CANCELLED, "scheduler_appointment", CANCEL, suffix="_truncate"),
    # A move replaces an appointment's claims, so that single ones may go.
    not_truncated(CANCELLED, "scheduler_claim", CANCEL, suffix="_claims_truncate"),
    not_truncated(
        "history_is_append_only",
        "scheduler_appointmentevent",
        "History is never changed or deleted.",
    ),
]

UNIQUE = [
    *unique_column(
        name="site_has_its_own_code",
        table="scheduler_site",
        column="code",
        sentence="Another site has that code.",
    ),
    *unique_column(
        name="clinician_is_one_resource",
        table="scheduler_resource",
        column="clinician_id",
        sentence="Another resource stands for that clinician.",
    ),
    *unique_column(
        name="appointment_has_its_own_uid",
        table="scheduler_appointment",
        column="uid",
        sentence="Another appointment has that calendar identifier.",
    ),
    *unique_column(
        name="feed_has_its_own_address",
        table="scheduler_calendarfeed",
        column="token_hash",
        sentence="Another calendar has that address.",
    ),
    *unique(
        name="resource_name_is_unique_at_its_site",
        table="scheduler_resource",
        columns=("site_id", "name"),
        sentence="This site has a resource of that name.",
    ),
    *unique(
        name="clinician_has_one_open_feed",
        table="scheduler_calendarfeed",
        columns=("clinician_id",),
        among="{row}.revoked_at IS NULL",
        sentence="This clinician already has a calendar address.",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0002_invariants"),
        ("courses", "0003_every_invariant_has_its_name"),
    ]

    operations = [Keep([*UNIQUE, *NEVER_GONE])]
