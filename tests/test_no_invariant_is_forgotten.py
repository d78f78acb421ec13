"""Whatever the models and migrations keep has its name, error, breach and page.

A newcomer's constraint fails here until it has all of them.
"""

import re
from itertools import permutations
from pathlib import Path

import pytest
from django.db import connection

from courses.errors import refused_classes
from courses.guards import guards_that_stand
from courses.invariants import NamedColumn, Trigger
from tests.breaches import ALL
from tests.kept import guards, kept, models, uniques

PAGE = Path(__file__).parents[1] / "docs/invariants.md"
ROW = re.compile(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", re.MULTILINE)


def _errors() -> dict[str, str]:
    return {
        error.constraint: error.__name__
        for error in refused_classes()
        if error.constraint
    }


def test_whatever_is_kept_has_a_named_error_and_no_error_is_left_over() -> None:
    assert kept() == set(_errors())


def test_whatever_is_kept_has_a_breach_and_no_breach_is_left_over() -> None:
    assert kept() == {breach.constraint for breach in ALL}


def test_no_two_errors_share_a_constraint() -> None:
    named = [error.constraint for error in refused_classes() if error.constraint]
    assert len(named) == len(set(named))


def test_no_name_is_part_of_another() -> None:
    # SQLite's message is searched for the name.
    assert not [(a, b) for a, b in permutations(kept(), 2) if a in b]


def test_the_page_lists_every_sentence_with_its_error() -> None:
    assert dict(ROW.findall(PAGE.read_text())) == _errors()


def test_every_unique_column_is_named() -> None:
    named = {
        (guard.table, guard.column)
        for guard in guards()
        if isinstance(guard, NamedColumn)
    }
    assert named == {
        (model._meta.db_table, field.column)
        for model in models()
        for field in model._meta.local_concrete_fields
        if field.unique and not field.primary_key
    }
    assert not [model for model in models() if model._meta.unique_together]


def test_every_unique_constraint_is_named_on_sqlite_too() -> None:
    triggered = {
        (guard.name, guard.moment.split()[1])
        for guard in guards()
        if isinstance(guard, Trigger) and guard.name_on("sqlite")
    }
    named = {(name, verb) for name in uniques() for verb in ("INSERT", "UPDATE")}
    assert named <= triggered


@pytest.mark.django_db
def test_the_database_holds_no_constraint_or_trigger_that_is_not_on_the_list() -> None:
    assert _triggers() <= set(guards_that_stand(connection))
    assert _constraints() <= kept()


def _triggers() -> set[str]:
    found = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(found)
        return {name for (name,) in cursor.fetchall()}


def _constraints() -> set[str]:
    """The checks and uniques of the tables that somebody gave a name."""
    with connection.cursor() as cursor:
        return {
            name
            for model in models()
            for name, about in connection.introspection.get_constraints(
                cursor, model._meta.db_table
            ).items()
            if (about["check"] or about["unique"])
            and not about["primary_key"]
            # What a column's type brings along: not below zero, and SQLite's uniques.
            and not name.startswith(("__unnamed", "sqlite_autoindex"))
            and not (about["check"] and name.endswith("_check"))
        }
