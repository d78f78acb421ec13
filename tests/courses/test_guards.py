"""The database's guards are looked for, reported when missing, and put back."""

import pytest
from django.core.management import call_command
from django.db import connection

from courses.guards import check_guards, missing_guards
from courses.invariants import Guard

FOLLOWING = "claims_follow_their_appointment"


def drop(guard_name: str) -> None:
    table = " ON scheduler_appointment" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {guard_name}{table}")
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION {guard_name}()")


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
