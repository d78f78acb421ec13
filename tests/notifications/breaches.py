"""Statements that would make messages false, each refused by the database."""

from datetime import timedelta

from django.db import connection

from notifications.models import DeliveryAttempt, Notification, ReminderRule
from tests.builders import NOW, an_appointment
from tests.raw_sql import Statement, delete, emptied, insert_like, replace, update


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
    return insert_like(a_try())


def a_try_given_the_number_of_another() -> Statement:
    first = a_try()
    second = DeliveryAttempt.objects.create(
        notification=first.notification, number=2, began_at=NOW
    )
    return update(second, number=first.number)


def a_deleted_try() -> Statement:
    return delete(a_try())


def a_replaced_try() -> Statement:
    return replace(a_try(), outcome="accepted")


def all_tries_gone_at_once() -> Statement:
    return emptied(a_try())


def a_try() -> DeliveryAttempt:
    return DeliveryAttempt.objects.create(
        notification=a_message(), number=1, began_at=NOW
    )


def a_rule() -> ReminderRule:
    return ReminderRule.objects.create(code="day", name="Day before", hours_before=24)


def a_rule_with_both_kinds_of_time() -> Statement:
    return update(a_rule(), days_before=1)


def a_rule_without_a_time() -> Statement:
    return update(a_rule(), hours_before=None)


def a_second_rule_of_that_code() -> Statement:
    return insert_like(a_rule(), name="Another")


def a_rule_given_the_code_of_another() -> Statement:
    other = ReminderRule.objects.create(code="hour", name="Hour", hours_before=1)
    return update(other, code=a_rule().code)


def a_second_message_of_that_message_id() -> Statement:
    return insert_like(a_message(), rule_code="other")


def a_message_given_the_message_id_of_another() -> Statement:
    row = a_message()
    insert_like(row, rule_code="other", message_id="<other@clinic.example>").run()
    other = Notification.objects.get(rule_code="other")
    return update(other, message_id=row.message_id)


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
    "notification_has_its_own_message_id": (
        a_second_message_of_that_message_id,
        a_message_given_the_message_id_of_another,
    ),
    "delivery_attempt_has_its_number": (
        a_second_try_with_the_same_number,
        a_try_given_the_number_of_another,
    ),
    "history_is_append_only": (
        a_deleted_try,
        all_tries_gone_at_once,
        # An outcome may be written, so that only SQLite's way of replacing is refused.
        *((a_replaced_try,) if connection.vendor == "sqlite" else ()),
    ),
    "reminder_rule_has_its_own_code": (
        a_second_rule_of_that_code,
        a_rule_given_the_code_of_another,
    ),
    "reminder_rule_has_one_kind_of_time": (
        a_rule_with_both_kinds_of_time,
        a_rule_without_a_time,
    ),
}
