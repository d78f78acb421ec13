"""What was kept without a name that a person can act on, and two ways round a guard.

Unique columns and rows are named on both engines. TRUNCATE, which fires no row
trigger, is refused where rows may not go. A protocol's parts look at its status
through a lock, so that nobody publishes it between the look and the commit.
"""

from django.db import migrations

from courses.invariants import (
    Keep,
    Replace,
    Trigger,
    not_truncated,
    unique,
    unique_column,
)

IMMUTABLE = "A published protocol never changes. Make a new version of it."
PARTS = ("courses_protocolstep", "courses_spacingrule")


def immutable_parts(table: str, *, is_locking: bool) -> list[Trigger]:
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    triggers = []
    for verb, sides in rows.items():
        protocols = ", ".join(f"{side}.protocol_id" for side in sides)
        condition = (
            "EXISTS (SELECT 1 FROM courses_protocol p"
            f" WHERE p.id IN ({protocols}) AND p.status <> 'draft')"
        )
        lock = (
            "PERFORM 1 FROM courses_protocol p"
            f" WHERE p.id IN ({protocols}) ORDER BY p.id FOR SHARE"
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
                postgresql_first=lock if is_locking else "",
            )
        )
    return triggers


def not_emptied() -> list[Trigger]:
    is_any_published = (
        "EXISTS (SELECT 1 FROM courses_protocol p WHERE p.status <> 'draft')"
    )
    return [
        *(
            not_truncated(
                "protocol_is_immutable_once_published",
                table,
                IMMUTABLE,
                when=is_any_published,
                suffix=f"_{table.removeprefix('courses_')}_truncate",
            )
            for table in ("courses_protocol", *PARTS)
        ),
        not_truncated(
            "history_is_append_only",
            "courses_courseevent",
            "History is never changed or deleted.",
        ),
    ]


UNIQUE_COLUMNS = [
    *unique_column(
        name="capability_has_its_own_code",
        table="courses_capability",
        column="code",
        sentence="Another capability has that code.",
    ),
    *unique_column(
        name="visit_type_has_its_own_code",
        table="courses_visittype",
        column="code",
        sentence="Another visit type has that code.",
    ),
    *unique_column(
        name="user_is_one_clinician",
        table="courses_clinician",
        column="user_id",
        sentence="Another clinician signs in as that user.",
    ),
]
UNIQUE_ROWS = [
    *unique(
        name="visit_phase_has_its_own_place",
        table="courses_visitphase",
        columns=("visit_type_id", "position"),
        sentence="Another phase of this visit type has that position.",
    ),
    *unique(
        name="visit_type_needs_a_party_once_at_a_time",
        table="courses_resourceneed",
        columns=("visit_type_id", "party", "starts_after_minutes"),
        sentence="This visit type already needs that party from that minute on.",
    ),
    *unique(
        name="protocol_version_is_unique",
        table="courses_protocol",
        columns=("code", "version"),
        sentence="That version of the protocol exists already.",
    ),
    *unique(
        name="protocol_step_code_is_unique",
        table="courses_protocolstep",
        columns=("protocol_id", "code"),
        sentence="Another step of this protocol has that code.",
    ),
    *unique(
        name="protocol_step_has_its_own_place",
        table="courses_protocolstep",
        columns=("protocol_id", "position"),
        sentence="Another step of this protocol has that position.",
    ),
    *unique(
        name="course_has_each_step_once",
        table="courses_session",
        columns=("course_id", "step_id"),
        sentence="This course already has a session for that step.",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_invariants")]

    operations = [
        Keep([*UNIQUE_COLUMNS, *UNIQUE_ROWS, *not_emptied()]),
        Replace(
            [
                each
                for table in PARTS
                for each in immutable_parts(table, is_locking=True)
            ],
            replaced=[
                each
                for table in PARTS
                for each in immutable_parts(table, is_locking=False)
            ],
        ),
    ]
