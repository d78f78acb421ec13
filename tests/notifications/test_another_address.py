"""When a patient's mailbox changes, the old one forgets and the new one is invited."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from icalendar import Event

from courses.models import Patient
from scheduler.actions.change_patient_details import change_patient_details
from scheduler.models import Appointment
from tests.builders import DESK, NOW, a_patient, at
from tests.mailbox import Mailbox
from tests.notifications.scenes import TOLD_AT, a_booking, cancel, move, rows, tell
from tests.notifications.test_what_is_told import event_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("day_before"),
]
OLD, NEW = "ana.vega@example.org", "ana.home@example.net"
LATER = NOW + timedelta(hours=1)
TOLD_LATER = LATER + timedelta(minutes=3)


def give(appointment: Appointment, email: str) -> Patient:
    return change_patient_details(
        patient=appointment.patient, email=email, actor=DESK, now=LATER
    )


def a_told_booking() -> Appointment:
    appointment = a_booking(patient=a_patient(email=OLD))
    tell(TOLD_AT)
    return appointment


def by_recipient(mails: list[EmailMessage]) -> dict[str, EmailMessage]:
    found = {str(mail["To"].addresses[0].addr_spec): mail for mail in mails}
    assert len(found) == len(mails)
    return found


def sequence_of(event: Event) -> int:
    return int(str(event["SEQUENCE"]))


def test_the_old_mailbox_is_told_to_forget_and_the_new_one_is_invited(
    smtp_server: Mailbox,
) -> None:
    appointment = a_told_booking()
    (first,) = smtp_server.messages
    _, invited = event_in(first)

    give(appointment, NEW)
    tell(TOLD_LATER)

    mails = by_recipient(smtp_server.messages[1:])
    method, forgotten = event_in(mails[OLD])
    assert (method, forgotten["STATUS"]) == ("CANCEL", "CANCELLED")
    assert forgotten["UID"] == invited["UID"]
    assert sequence_of(forgotten) > sequence_of(invited)
    method, shown = event_in(mails[NEW])
    assert method == "REQUEST"
    assert shown["UID"] != invited["UID"]
    assert shown.start == invited.start


def test_the_old_mailbox_is_not_told_that_the_visit_is_off(
    smtp_server: Mailbox,
) -> None:
    appointment = a_told_booking()
    give(appointment, NEW)
    tell(TOLD_LATER)
    mail = by_recipient(smtp_server.messages[1:])[OLD]
    assert mail["Subject"].startswith("We write to your other address now")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "This appointment stands" in body.get_content()


def test_a_slip_in_the_address_and_its_correction_tell_nothing(
    smtp_server: Mailbox,
) -> None:
    appointment = a_told_booking()
    give(appointment, NEW)
    give(appointment, OLD)
    tell(TOLD_LATER)
    assert len(smtp_server.messages) == 1


def test_after_a_slip_a_move_keeps_the_identity_that_the_calendar_knows(
    smtp_server: Mailbox,
) -> None:
    appointment = a_told_booking()
    give(appointment, NEW)
    give(appointment, OLD)
    move(appointment, at(10, day=2), LATER)
    tell(TOLD_LATER)
    first, moved = map(event_in, smtp_server.messages)
    assert moved[1]["UID"] == first[1]["UID"]
    assert sequence_of(moved[1]) > sequence_of(first[1])


def test_a_mailbox_that_comes_back_is_invited_anew(smtp_server: Mailbox) -> None:
    appointment = a_told_booking()
    give(appointment, NEW)
    tell(TOLD_LATER)
    give(appointment, OLD)
    tell(TOLD_LATER + timedelta(hours=1))
    mails = by_recipient(smtp_server.messages[3:])
    assert event_in(mails[NEW])[0] == "CANCEL"
    method, again = event_in(mails[OLD])
    uids = [event_in(mail)[1]["UID"] for mail in smtp_server.messages[:3]]
    assert method == "REQUEST"
    assert again["UID"] not in uids
    assert "changed" not in mails[OLD]["Subject"]


def test_a_visit_canceled_after_the_change_is_taken_back_where_it_is_shown(
    smtp_server: Mailbox,
) -> None:
    appointment = a_told_booking()
    give(appointment, NEW)
    tell(TOLD_LATER)
    shown = by_recipient(smtp_server.messages[1:])[NEW]
    cancel(appointment, TOLD_LATER)
    tell(TOLD_LATER + timedelta(minutes=3))
    mails = by_recipient(smtp_server.messages[3:])
    assert set(mails) == {NEW}
    assert event_in(mails[NEW])[1]["UID"] == event_in(shown)[1]["UID"]
    assert mails[NEW]["Subject"].startswith("Your appointment is canceled")


def test_a_patient_who_wants_no_mail_any_more_gets_one_last(
    smtp_server: Mailbox,
) -> None:
    appointment = a_told_booking()
    change_patient_details(
        patient=appointment.patient, preferred_channel="none", actor=DESK, now=LATER
    )
    tell(TOLD_LATER)
    mails = by_recipient(smtp_server.messages[1:])
    assert set(mails) == {OLD}
    assert mails[OLD]["Subject"].startswith("We write no e-mail any more")
    body = mails[OLD].get_body(("plain",))
    assert body is not None
    assert "This appointment stands" in body.get_content()
    assert "other" not in body.get_content()
    reasons = {row.reason for row in rows(appointment) if row.status == "suppressed"}
    assert reasons == {
        "The patient has no e-mail address for messages. Call instead.",
    }


def test_other_details_change_no_appointment(smtp_server: Mailbox) -> None:
    appointment = a_told_booking()
    change_patient_details(
        patient=appointment.patient, escort_name="Luis", actor=DESK, now=LATER
    )
    tell(TOLD_LATER)
    appointment.refresh_from_db()
    assert (appointment.revision, len(smtp_server.messages)) == (0, 1)
