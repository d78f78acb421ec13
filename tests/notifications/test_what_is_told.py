"""Booking, moving and cancelling are told once each, in order, and only when needed."""

from datetime import timedelta
from email.message import EmailMessage
from typing import cast

import pytest
from icalendar import Calendar, Event

from courses.models import Patient
from notifications.models import Notification
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.actions.hold_appointment import hold_appointment
from scheduler.actions.lapse_expired_holds import lapse_expired_holds
from scheduler.actions.restore_appointment import restore_appointment
from tests.builders import (
    DESK,
    NOW,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    an_integration,
    at,
)
from tests.mailbox import Mailbox
from tests.notifications.scenes import (
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
MINUTE = timedelta(minutes=1)


def event_in(mail: EmailMessage) -> tuple[str, Event]:
    """Return the method and the event of a mail's calendar part."""
    (part,) = [
        each for each in mail.walk() if each.get_content_type() == "text/calendar"
    ]
    calendar = Calendar.from_ical(cast(bytes, part.get_payload(decode=True)))
    assert isinstance(calendar, Calendar)
    (event,) = calendar.events
    return str(calendar["METHOD"]), event


def test_a_booking_is_told_after_three_minutes(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    plan()
    assert dispatch(TOLD_AT - timedelta(seconds=1)) == 0
    assert dispatch(TOLD_AT) == 1
    method, event = event_in(smtp_server.messages[0])
    assert (method, event["SEQUENCE"], event["UID"]) == ("REQUEST", 0, appointment.uid)
    assert event.start == appointment.starts_at
    assert rows(appointment, "invite")[0].sent_at is not None


def test_what_will_be_told_can_be_seen_before_it_goes() -> None:
    appointment = a_booking()
    plan()
    planned = {(row.rule_code, row.status, row.due_at) for row in rows(appointment)}
    assert planned == {
        ("invite", "planned", TOLD_AT),
        ("reminder-1d", "planned", at(10, day=1)),
    }


def test_a_move_is_told_with_a_higher_sequence_and_the_same_uid(
    smtp_server: Mailbox,
) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    move(appointment, at(11, day=2), TOLD_AT)
    tell(TOLD_AT + 3 * MINUTE)
    (_, first), (method, second) = map(event_in, smtp_server.messages)
    assert method == "REQUEST"
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] == 1
    assert second.decoded("DTSTAMP") > first.decoded("DTSTAMP")
    assert second.start == at(11, day=2)


def test_a_slip_and_its_correction_tell_nothing(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    move(appointment, at(11, day=2), TOLD_AT)
    plan(TOLD_AT + MINUTE)
    move(appointment, at(9, day=2), TOLD_AT + MINUTE)
    tell(TOLD_AT + 30 * MINUTE)
    assert len(smtp_server.messages) == 1
    assert statuses(appointment) == ["sent", "superseded"]


def test_quick_changes_merge_into_the_last_one(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    plan()
    move(appointment, at(11, day=2), NOW + MINUTE)
    plan(NOW + MINUTE)
    move(appointment, at(14, day=2), NOW + 2 * MINUTE)
    plan(NOW + 2 * MINUTE)
    dispatch(NOW + 10 * MINUTE)
    (mail,) = smtp_server.messages
    _, event = event_in(mail)
    assert (event.start, event["SEQUENCE"]) == (at(14, day=2), 2)
    assert "has changed" not in str(mail["Subject"])


def test_a_cancellation_takes_back_what_was_told(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    cancel(appointment, TOLD_AT)
    tell(TOLD_AT + 3 * MINUTE)
    method, event = event_in(smtp_server.messages[1])
    assert (method, event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["UID"] == appointment.uid
    assert statuses(appointment, "reminder") == ["superseded"]


def test_a_cancellation_repeats_the_times_that_were_told_last(
    smtp_server: Mailbox,
) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    move(appointment, at(11, day=2), TOLD_AT)
    cancel(appointment, TOLD_AT + MINUTE)
    tell(TOLD_AT + 5 * MINUTE)
    method, event = event_in(smtp_server.messages[1])
    assert (method, event.start) == ("CANCEL", at(9, day=2))


def test_what_was_never_told_is_not_taken_back(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    plan()
    cancel(appointment, NOW + MINUTE)
    tell(NOW + 10 * MINUTE)
    assert smtp_server.messages == []
    assert statuses(appointment) == ["superseded"]


def test_a_restored_appointment_is_told_as_a_new_one(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    cancelled = cancel(appointment, TOLD_AT)
    tell(TOLD_AT + 3 * MINUTE)
    restored = restore_appointment(
        appointment=cancelled,
        revision=cancelled.revision,
        actor=DESK,
        now=TOLD_AT + 4 * MINUTE,
    )
    tell(TOLD_AT + 7 * MINUTE)
    method, event = event_in(smtp_server.messages[2])
    assert (method, event["SEQUENCE"]) == ("REQUEST", 0)
    assert event["UID"] == restored.uid != appointment.uid


def test_a_hold_is_not_told_and_its_confirmation_is(smtp_server: Mailbox) -> None:
    clinic = a_clinic()
    course = a_course(therapist=clinic.therapist.clinician)
    held = hold_appointment(
        session=a_session(course, an_integration()),
        site=clinic.site,
        starts_at=at(9, day=2),
        hold_expires_at=NOW + timedelta(days=1),
        actor=DESK,
        now=NOW,
    )
    tell(NOW + 10 * MINUTE)
    assert smtp_server.messages == []
    confirm_appointment(
        appointment=held, revision=held.revision, actor=DESK, now=NOW + 20 * MINUTE
    )
    tell(NOW + 23 * MINUTE)
    method, event = event_in(smtp_server.messages[0])
    assert (method, event["SEQUENCE"]) == ("REQUEST", 1)


def test_a_hold_that_lapses_is_not_told(smtp_server: Mailbox) -> None:
    clinic = a_clinic()
    course = a_course(therapist=clinic.therapist.clinician)
    held = hold_appointment(
        session=a_session(course, an_integration()),
        site=clinic.site,
        starts_at=at(9, day=2),
        hold_expires_at=NOW + MINUTE,
        actor=DESK,
        now=NOW,
    )
    lapse_expired_holds(actor=DESK, now=NOW + 5 * MINUTE)
    tell(NOW + 10 * MINUTE)
    assert rows(held) == []
    assert smtp_server.messages == []


def test_nothing_is_told_about_the_past(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(at(9, 1, day=2))
    assert rows(appointment) == []
    assert smtp_server.messages == []


def test_a_message_that_waited_too_long_is_kept_back(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    plan()
    dispatch(at(9, 1, day=2))
    assert smtp_server.messages == []
    assert {row.status for row in rows(appointment)} == {"suppressed"}
    assert all(row.reason for row in rows(appointment))


def test_checking_in_tells_nothing(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    check_in_appointment(
        appointment=appointment,
        revision=appointment.revision,
        actor=DESK,
        now=at(8, 55, day=2),
    )
    tell(at(8, 59, day=2))
    assert len(smtp_server.messages) == 1


def test_a_patient_without_an_address_is_shown_with_the_reason() -> None:
    appointment = a_booking(patient=a_patient(email=""))
    tell(TOLD_AT)
    assert {row.status for row in rows(appointment)} == {"suppressed"}
    assert all("Call" in row.reason for row in rows(appointment))


def test_a_patient_who_wants_calls_gets_no_mail(smtp_server: Mailbox) -> None:
    patient = a_patient()
    patient.preferred_channel = Patient.Channel.NONE
    patient.save()
    a_booking(patient=patient)
    tell(TOLD_AT)
    assert smtp_server.messages == []


def test_planning_twice_adds_nothing() -> None:
    a_booking()
    assert plan() == 2
    assert plan() == 0


def test_a_change_that_nobody_planned_yet_stops_the_older_message(
    smtp_server: Mailbox,
) -> None:
    appointment = a_booking()
    plan()
    move(appointment, at(11, day=2), TOLD_AT)
    assert dispatch(TOLD_AT) == 0
    assert statuses(appointment) == ["superseded"]
    assert smtp_server.messages == []
    tell(TOLD_AT + 3 * MINUTE)
    assert len(smtp_server.messages) == 1


def test_every_message_is_one_row_for_its_revision() -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    move(appointment, at(11, day=2), TOLD_AT)
    tell(TOLD_AT + 3 * MINUTE)
    keys = Notification.objects.values_list(
        "appointment", "revision", "rule_code", "recipient", "channel"
    )
    assert len(keys) == len(set(keys)) == 4
