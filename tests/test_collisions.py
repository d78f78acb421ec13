"""Two people on two connections: each is right, and together they would be wrong.

The second acts when the first has acted and not yet committed. It waits, and is then
refused with the sentence's name.
"""

from collections.abc import Callable
from functools import partial

import pytest

from courses.invariants import Exclusion, Trigger
from scheduler.models import Claim
from tests.collisions import (
    COLLISIONS,
    Pair,
    a_claim_for_an_appointment_that_is_being_cancelled,
)
from tests.kept import guards, uniques
from tests.racing import one_before_the_other_commits
from tests.raw_sql import refusal_of


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("constraint", "make"),
    [(name, make) for name, makes in COLLISIONS.items() for make in makes],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_second_of_two_is_refused(
    constraint: str, make: Callable[[], Pair]
) -> None:
    first, second = make()
    accepted, refused = one_before_the_other_commits(
        partial(refusal_of, first), partial(refusal_of, second)
    )
    assert accepted is None
    assert refused is not None
    assert refused.constraint == constraint


@pytest.mark.django_db(transaction=True)
def test_a_claim_made_while_its_appointment_is_cancelled_does_not_outlive_it() -> None:
    cancelled, claimed = a_claim_for_an_appointment_that_is_being_cancelled()
    outcomes = one_before_the_other_commits(
        partial(refusal_of, claimed), partial(refusal_of, cancelled)
    )
    assert outcomes == (None, None)
    assert not Claim.objects.get().is_live


def test_whatever_looks_at_other_rows_is_tried_by_two_at_once() -> None:
    looks_elsewhere = {
        guard.name
        for guard in guards()
        if isinstance(guard, Exclusion)
        or (
            isinstance(guard, Trigger)
            and guard.moment.split()[1] in {"INSERT", "UPDATE"}
            and "SELECT" in (guard.postgresql_when or "")
        )
    }
    assert set(uniques()) | looks_elsewhere <= set(COLLISIONS)
