"""Each sentence of docs/invariants.md, tried with plain SQL behind Python's back."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection

from tests.breaches import ALL
from tests.kept import uniques
from tests.raw_sql import Breach, put_checks_back, refusal_of, take_away

pytestmark = pytest.mark.django_db


@pytest.fixture
def checks_come_back() -> Iterator[None]:
    yield
    put_checks_back()


@pytest.mark.parametrize("breach", ALL, ids=str)
def test_the_database_refuses(breach: Breach) -> None:
    refused = refusal_of(breach.make())
    assert refused is not None
    assert refused.constraint == breach.constraint
    assert refused.sentence.endswith(".")


@pytest.mark.usefixtures("checks_come_back")
@pytest.mark.parametrize("breach", ALL, ids=str)
def test_without_its_guard_the_database_accepts(breach: Breach) -> None:
    statement = breach.make()
    for name in (breach.constraint, *statement.behind):
        take_away(name)
    if _is_only_named_by_its_guard(breach.constraint):
        # What the trigger gave a name is the table's own index, which stays.
        with pytest.raises(IntegrityError, match="UNIQUE constraint failed"):
            refusal_of(statement)
    else:
        assert refusal_of(statement) is None


def _is_only_named_by_its_guard(constraint: str) -> bool:
    """SQLite can't drop an index that was made with its table."""
    is_among_some_rows = uniques().get(constraint, True)
    return connection.vendor == "sqlite" and not is_among_some_rows
