"""Guards that keep a sentence true in the database itself, written once.

A migration lists them in `Keep`, which asks `connection.vendor`. Every refusal carries
the sentence's name: as the constraint name on PostgreSQL, as the whole message on
SQLite, so that `courses.transactions.error_for` can name it.
"""

from courses.invariants.guard import Guard
from courses.invariants.operations import Keep, Replace
from courses.invariants.triggers import (
    FollowUp,
    Trigger,
    append_only,
    not_replaced,
    not_truncated,
)
from courses.invariants.uniques import Exclusion, NamedColumn, unique, unique_column

__all__ = [
    "Exclusion",
    "FollowUp",
    "Guard",
    "Keep",
    "NamedColumn",
    "Replace",
    "Trigger",
    "append_only",
    "not_replaced",
    "not_truncated",
    "unique",
    "unique_column",
]
