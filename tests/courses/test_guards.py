"""The database's guards are looked for, reported when missing, and put back."""

import pytest
from django.core.management import call_command
from django.db import connection

from courses.guards import (
    check_guards,
    guards_that_stand,
    missing_guards,
    put_back_missing_guards,
)
from courses.invariants import Guard

FOLLOWING = "claims_follow_their_appointment"


def run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def written_as(trigger: str) -> str:
    found = (
        "SELECT sql FROM sqlite_master WHERE name = %s"
        if connection.vendor == "sqlite"
        else "SELECT pg_get_triggerdef(t.oid) || p.prosrc FROM pg_trigger t"
        " JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgname = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(found, [trigger])
        return str(cursor.fetchone()[0])


def drop(guard_name: str) -> None:
    run(guards_that_stand(connection)[guard_name].removal(connection.vendor))


def names(guards: list[Guard]) -> list[str]:
    return [guard.name_on(connection.vendor) for guard in guards]


@pytest.mark.django_db
def test_a_migrated_database_has_every_guard() -> None:
    assert missing_guards(connection) == []
    assert check_guards(databases=["default"]) == []


@pytest.mark.django_db
def test_a_lost_guard_is_reported_with_the_command_that_puts_it_back() -> None:
    drop(FOLLOWING)
    (error,) = check_guards(databases=["default"])
    assert error.id == "courses.E001"
    assert FOLLOWING in error.msg
    assert "put_back_guards" in (error.hint or "")


@pytest.mark.django_db
def test_the_command_puts_a_lost_guard_back(capsys: pytest.CaptureFixture[str]) -> None:
    drop(FOLLOWING)
    assert names(missing_guards(connection)) == [FOLLOWING]
    call_command("put_back_guards")
    assert missing_guards(connection) == []
    assert f"Put back {FOLLOWING}." in capsys.readouterr().out


@pytest.mark.django_db
def test_each_guard_is_missed_and_put_back_by_itself() -> None:
    for name, guard in guards_that_stand(connection).items():
        run(guard.removal(connection.vendor))
        assert names(missing_guards(connection)) == [name]
        put_back_missing_guards(connection)
        assert missing_guards(connection) == []


@pytest.mark.django_db
def test_of_a_replaced_guard_the_later_one_is_put_back() -> None:
    name = "claims_live_as_their_appointment_insert"
    before = written_as(name)
    drop(name)
    put_back_missing_guards(connection)
    assert written_as(name) == before
