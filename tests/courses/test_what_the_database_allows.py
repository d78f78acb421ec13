"""What the guards of courses let through, though it comes near to a breach."""

import pytest

from tests.builders import a_course, a_protocol
from tests.raw_sql import refusal_of, update

pytestmark = pytest.mark.django_db


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
