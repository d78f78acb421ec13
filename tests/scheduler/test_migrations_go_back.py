"""What the migrations install they also take away, and can install again."""

import pytest
from django.core.management import call_command
from django.db import connection

from tests.raw_sql import refusal_of
from tests.scheduler.breaches.claims import a_second_claim_of_the_same_unit_and_time


def _guards() -> set[str]:
    found = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        " UNION SELECT conname FROM pg_constraint WHERE contype = 'x'"
        " UNION SELECT proname FROM pg_proc p JOIN pg_language l"
        " ON l.oid = p.prolang WHERE l.lanname = 'plpgsql'"
    )
    with connection.cursor() as cursor:
        cursor.execute(found)
        return {name for (name,) in cursor.fetchall()}


def _migrate(app: str, to: str = "") -> None:
    call_command("migrate", *([app, to] if to else [app]), verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_the_guards_come_off_without_a_trace_and_go_on_again() -> None:
    before = _guards()
    assert before
    try:
        _migrate("scheduler", "0001")
        _migrate("courses", "0001")
        assert not _guards() & before
    finally:
        call_command("migrate", verbosity=0)
    assert _guards() == before
    refused = refusal_of(a_second_claim_of_the_same_unit_and_time())
    assert refused is not None
