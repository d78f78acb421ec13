"""Each sentence about messages, tried with plain SQL behind Python's back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from courses.errors import refused_classes
from notifications import errors
from notifications.models import DeliveryAttempt, Notification, ReminderRule
from tests.builders import NOW, an_appointment
from tests.raw_sql import (
    Breach,
    Statement,
    insert_like,
    put_checks_back,
    refusal_of,
    take_away,
    update,
)

pytestmark = pytest.mark.django_db


def a_message() -> Notification:
    appointment = an_appointment()
    return Notification.objects.create(
        appointment=appointment,
        revision=0,
        sequence=0,
        uid=appointment.uid,
        rule_code="invite",
        kind="invite",
        recipient="ana@mail.example",
        shows_starts_at=appointment.starts_at,
        shows_ends_at=appointment.ends_at,
        shows_site=appointment.site,
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(days=1),
        stamped_at=NOW,
    )


def a_second_message_of_the_same_kind() -> Statement:
    return insert_like(a_message(), message_id="<another@clinic.example>")


def a_message_turned_into_another_that_exists() -> Statement:
    row = a_message()
    insert_like(row, rule_code="other", message_id="<other@clinic.example>").run()
    other = Notification.objects.get(rule_code="other")
    return update(other, rule_code="invite")


def a_message_in_hand_without_a_lease() -> Statement:
    return update(a_message(), status="handing_over")


def a_lease_on_a_message_that_nobody_holds() -> Statement:
    return update(a_message(), lease_until=NOW)


def a_failure_without_a_reason() -> Statement:
    return update(a_message(), status="failed")


def a_message_kept_back_without_a_reason() -> Statement:
    return update(a_message(), status="suppressed")


def a_sent_message_without_a_time() -> Statement:
    return update(a_message(), status="sent")


def a_status_that_nobody_knows() -> Statement:
    return update(a_message(), status="lost")


def a_second_try_with_the_same_number() -> Statement:
    attempt = DeliveryAttempt.objects.create(
        notification=a_message(), number=1, began_at=NOW
    )
    return insert_like(attempt)


def a_rule() -> ReminderRule:
    return ReminderRule.objects.create(code="day", name="Day before", hours_before=24)


def a_rule_with_both_kinds_of_time() -> Statement:
    return update(a_rule(), days_before=1)


def a_rule_without_a_time() -> Statement:
    return update(a_rule(), hours_before=None)


BREACHES = {
    "notification_is_owed_once": (
        a_second_message_of_the_same_kind,
        a_message_turned_into_another_that_exists,
    ),
    "notification_in_hand_has_a_lease": (
        a_message_in_hand_without_a_lease,
        a_lease_on_a_message_that_nobody_holds,
    ),
    "unsent_notification_says_why": (
        a_failure_without_a_reason,
        a_message_kept_back_without_a_reason,
    ),
    "sent_notification_says_when": (a_sent_message_without_a_time,),
    "notification_status_is_known": (a_status_that_nobody_knows,),
    "delivery_attempt_has_its_number": (a_second_try_with_the_same_number,),
    "reminder_rule_has_one_kind_of_time": (
        a_rule_with_both_kinds_of_time,
        a_rule_without_a_time,
    ),
}
UNIQUE = {"notification_is_owed_once", "delivery_attempt_has_its_number"}
ALL = [Breach(name, make) for name, makes in BREACHES.items() for make in makes]


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
    if connection.vendor == "sqlite" and breach.constraint in UNIQUE:
        # The trigger only gives the name; the table's own index can't be taken off.
        with pytest.raises(IntegrityError, match="UNIQUE constraint failed"):
            refusal_of(statement)
    else:
        assert refusal_of(statement) is None


def test_every_named_error_of_telling_has_a_breach() -> None:
    named = {
        error.constraint
        for error in refused_classes()
        if error.constraint and error.__module__ == errors.__name__
    }
    assert named == set(BREACHES)
