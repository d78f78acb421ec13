"""Reminders go by the site's clocks, survive moves, and are never too late."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.actions.reconcile_notifications import reconcile_notifications
from notifications.models import Notification, ReminderRule
from notifications.rules import ReminderTime
from tests.builders import NOW, at
from tests.mailbox import Mailbox
from tests.notifications.scenes import (
    SYSTEM,
    TOLD_AT,
    a_booking,
    cancel,
    dispatch,
    move,
    plan,
    rows,
    statuses,
    tell,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("day_before"),
]

NEW_YORK = ZoneInfo("America/New_York")
AT_TEN = ReminderTime(
    code="reminder-1d",
    visit_kinds=frozenset(),
    days_before=1,
    at_clock=time(10),
    hours_before=None,
    lateness=timedelta(hours=6),
)


def at_half_past_two() -> ReminderTime:
    return ReminderTime(
        code="night",
        visit_kinds=frozenset(),
        days_before=1,
        at_clock=time(2, 30),
        hours_before=None,
        lateness=timedelta(hours=6),
    )


@pytest.mark.parametrize(
    ("visit_on", "due_at"),
    [
        ((2027, 3, 13), datetime(2027, 3, 12, 15, tzinfo=UTC)),
        ((2027, 3, 14), datetime(2027, 3, 13, 15, tzinfo=UTC)),
        ((2027, 3, 15), datetime(2027, 3, 14, 14, tzinfo=UTC)),
        ((2026, 11, 1), datetime(2026, 10, 31, 14, tzinfo=UTC)),
        ((2026, 11, 2), datetime(2026, 11, 1, 15, tzinfo=UTC)),
    ],
)
def test_ten_in_the_morning_is_ten_on_both_sides_of_a_clock_change(
    visit_on: tuple[int, int, int], due_at: datetime
) -> None:
    starts_at = datetime(*visit_on, 9, tzinfo=NEW_YORK)
    assert AT_TEN.due_at(starts_at, NEW_YORK) == due_at


def test_a_time_that_the_night_skips_is_reminded_of_once_the_clock_has_run_on() -> None:
    starts_at = datetime(2027, 3, 15, 9, tzinfo=NEW_YORK)
    due_at = at_half_past_two().due_at(starts_at, NEW_YORK)
    assert due_at == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_is_taken_the_first_time() -> None:
    rule = ReminderTime("night", frozenset(), 1, time(1, 30), None, timedelta(hours=6))
    starts_at = datetime(2026, 11, 2, 9, tzinfo=NEW_YORK)
    assert rule.due_at(starts_at, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_hours_before_are_hours_also_over_a_clock_change() -> None:
    rule = ReminderTime("day", frozenset(), None, None, 24, timedelta(hours=6))
    starts_at = datetime(2027, 3, 14, 9, tzinfo=NEW_YORK)
    assert starts_at - rule.due_at(starts_at, NEW_YORK) == timedelta(hours=24)


def test_a_reminder_goes_out_the_day_before(smtp_server: Mailbox) -> None:
    a_booking()
    tell(TOLD_AT)
    assert tell(at(9, 59, day=1)) == 0
    assert tell(at(10, day=1)) == 1
    mail = smtp_server.messages[1]
    assert str(mail["Subject"]).startswith("Reminder: your appointment, Wed, May 6")
    kinds = {part.get_content_type() for part in mail.walk()}
    assert "text/calendar" not in kinds


def test_a_reminder_follows_a_move(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    move(appointment, at(9, day=4), TOLD_AT)
    plan(TOLD_AT)
    assert statuses(appointment, "reminder") == ["superseded", "planned"]
    tell(at(10, day=1))
    assert statuses(appointment, "reminder") == ["superseded", "planned"]
    tell(at(10, day=3))
    assert statuses(appointment, "reminder") == ["superseded", "sent"]
    assert "Fri, May 8" in str(smtp_server.messages[-1]["Subject"])


def test_a_reminder_that_went_out_is_not_repeated_when_staff_change() -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    tell(at(10, day=1))
    move(appointment, at(9, day=2), at(11, day=1))
    tell(at(11, 30, day=1))
    assert statuses(appointment, "reminder") == ["sent"]


def test_a_late_booking_shows_why_there_is_no_reminder() -> None:
    appointment = a_booking(starts_at=at(9, day=1), now=NOW + timedelta(hours=6))
    plan(NOW + timedelta(hours=6))
    (row,) = rows(appointment, "reminder")
    assert row.status == "suppressed"
    assert "after this reminder was due" in row.reason


def test_a_reminder_is_not_sent_hours_too_late(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    tell(at(16, 1, day=1))
    assert statuses(appointment, "reminder") == ["suppressed"]
    assert len(smtp_server.messages) == 1


def test_a_cancelled_appointment_is_not_reminded_of(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    plan()
    cancel(appointment, NOW)
    assert dispatch(at(10, day=1)) == 0
    assert smtp_server.messages == []
    assert statuses(appointment, "reminder") == ["superseded"]


def test_a_rule_for_other_visits_owes_nothing(day_before: ReminderRule) -> None:
    day_before.visit_kinds = ["dosing"]
    day_before.save()
    appointment = a_booking()
    plan()
    assert rows(appointment, "reminder") == []


def reconcile(now: datetime) -> int:
    return reconcile_notifications(actor=SYSTEM, now=now)


def test_reconciling_adds_what_is_missing_and_nothing_twice() -> None:
    appointment = a_booking()
    plan()
    Notification.objects.filter(appointment=appointment).delete()
    assert reconcile(NOW) == 2
    assert reconcile(NOW) == 0


def test_a_changed_rule_moves_the_reminders_it_planned(
    day_before: ReminderRule,
) -> None:
    appointment = a_booking()
    plan()
    day_before.at_clock = time(15)
    day_before.save()
    reconcile(NOW)
    (row,) = rows(appointment, "reminder")
    assert (row.status, row.due_at) == ("planned", at(15, day=1))


def test_a_rule_switched_off_takes_its_reminders_back(day_before: ReminderRule) -> None:
    appointment = a_booking()
    plan()
    day_before.is_active = False
    day_before.save()
    reconcile(NOW)
    assert statuses(appointment, "reminder") == ["superseded"]


def test_a_changed_address_takes_the_old_entry_back_and_invites_anew(
    smtp_server: Mailbox,
) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    patient = appointment.patient
    patient.email = "new@mail.example"
    patient.save()
    reconcile(TOLD_AT)
    dispatch(TOLD_AT)
    told = {(str(mail["To"]), mail.get_content_type()) for mail in smtp_server.messages}
    assert len(told) == 2
    kinds = [(row.kind, row.recipient) for row in rows(appointment) if row.sent_at]
    assert kinds == [
        ("invite", "ana@mail.example"),
        ("cancel", "ana@mail.example"),
        ("invite", "new@mail.example"),
    ]
