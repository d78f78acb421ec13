"""Each sentence about courses, tried with plain SQL behind Python's back."""

from collections.abc import Iterator

import pytest

from courses import errors
from courses.errors import refused_classes
from tests.builders import a_course, a_protocol
from tests.courses.breaches import BREACHES
from tests.raw_sql import Breach, put_checks_back, refusal_of, take_away, update

ALL = [Breach(name, make) for name, makes in BREACHES.items() for make in makes]

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
    take_away(breach.constraint)
    assert refusal_of(statement) is None


def test_every_named_error_of_courses_has_a_breach() -> None:
    named = {
        error.constraint
        for error in refused_classes()
        if error.constraint and error.__module__ == errors.__name__
    }
    assert named <= set(BREACHES)


def test_a_published_protocol_may_be_retired() -> None:
    assert refusal_of(update(a_protocol(doses=1), status="retired")) is None


def test_a_draft_may_change() -> None:
    draft = a_protocol(doses=1, status="draft")
    assert refusal_of(update(draft, name="Another")) is None
    assert refusal_of(update(draft.steps.get(code="INT1"), latest=9)) is None


def test_a_patient_whose_course_ended_may_have_another() -> None:
    ended = a_course(status="stopped_early")
    again = a_course(ended.patient)
    assert again.is_active
