"""The mail that leaves is one that calendars, filters and people read right."""

import email
import re
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail import get_connection
from pytest_django import Settings

from notifications.channels.eml_folder import EmailBackend
from tests.builders import a_patient, at
from tests.mailbox import Mailbox
from tests.notifications.scenes import TOLD_AT, a_booking, cancel, move, rows, tell
from tests.scheduler.calendars.lint import BANNED, complaints

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("day_before"),
]
LATER = at(12)


def parts(mail: EmailMessage) -> list[EmailMessage]:
    return cast(list[EmailMessage], [*mail.iter_parts()])


def calendar_part(mail: EmailMessage) -> EmailMessage:
    (part,) = [
        each for each in mail.walk() if each.get_content_type() == "text/calendar"
    ]
    return part


def the_life_of_one_appointment(mailbox: Mailbox, language: str) -> list[EmailMessage]:
    """An invitation, its update, the reminder and the cancellation, in that order."""
    strange = 'Zoë "The\r\nBcc: eve@mail.example'
    patient = a_patient(strange, "O'Neil-Ñandú \u202e" + "x" * 60, language=language)
    appointment = a_booking(patient=patient)
    tell(TOLD_AT)
    move(appointment, at(11, day=2), TOLD_AT)
    tell(LATER)
    tell(at(10, day=1))
    cancel(appointment, at(11, day=1))
    tell(at(12, day=1))
    assert len(mailbox.messages) == 4
    return mailbox.messages


def test_the_calendar_is_the_last_alternative_and_also_a_file(
    smtp_server: Mailbox,
) -> None:
    a_booking()
    tell(TOLD_AT)
    (mail,) = smtp_server.messages
    assert mail.get_content_type() == "multipart/mixed"
    alternative, file = parts(mail)
    assert [part.get_content_type() for part in parts(alternative)] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert file.get_content_type() == "application/ics"
    assert file.get_filename() == "invite.ics"
    assert file.get_payload(decode=True) == calendar_part(mail).get_payload(decode=True)


def test_the_calendar_part_is_base64_with_method_and_component(
    smtp_server: Mailbox,
) -> None:
    a_booking()
    tell(TOLD_AT)
    part = calendar_part(smtp_server.messages[0])
    assert (
        b"Content-Type: text/calendar; method=REQUEST; charset=UTF-8; component=VEVENT"
        in smtp_server.raw[0]
    )
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part["Content-Disposition"] is None


def test_the_method_in_the_mail_is_the_method_in_the_calendar(
    smtp_server: Mailbox,
) -> None:
    mails = the_life_of_one_appointment(smtp_server, "en")
    for mail, method in zip(mails, ["REQUEST", "REQUEST", "", "CANCEL"], strict=True):
        if method:
            part = calendar_part(mail)
            assert part.get_param("method") == method
            content = cast(bytes, part.get_payload(decode=True))
            assert complaints(content, method=method) == []


def test_headers_say_who_asks_and_that_a_machine_wrote(smtp_server: Mailbox) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    (mail,) = smtp_server.messages
    assert mail["From"].addresses[0].addr_spec == "appointments@clinic.example"
    assert mail["From"] == mail["Reply-To"]
    assert mail["To"].addresses[0].addr_spec == "ana@mail.example"
    assert len(mail["To"].addresses) == 1
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert mail["Message-ID"] == rows(appointment, "invite")[0].message_id


def test_all_mails_of_one_appointment_are_one_thread(smtp_server: Mailbox) -> None:
    mails = the_life_of_one_appointment(smtp_server, "en")
    assert len({str(mail["References"]) for mail in mails}) == 1
    assert len({str(mail["Message-ID"]) for mail in mails}) == 4


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_in_any_mail_names_the_treatment(
    smtp_server: Mailbox, language: str
) -> None:
    for mail in the_life_of_one_appointment(smtp_server, language):
        shown = [str(mail["Subject"]), str(mail["From"])]
        for part in mail.walk():
            if not part.is_multipart():
                content = cast(bytes, part.get_payload(decode=True))
                shown.append(content.decode())
                shown.append(part.get_filename() or "")
        for text in shown:
            assert not BANNED.search(text), text


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_strange_name_adds_no_header_and_no_direction_mark(
    smtp_server: Mailbox, language: str
) -> None:
    for mail in the_life_of_one_appointment(smtp_server, language):
        assert mail["Bcc"] is None
        assert len(mail["To"].addresses) == 1
        headers = "".join(str(value) for value in mail.values())
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", headers)


def test_a_mail_in_spanish_gives_spanish_days_and_the_sites_clock(
    smtp_server: Mailbox,
) -> None:
    a_booking(patient=a_patient(language="es"))
    tell(TOLD_AT)
    (mail,) = smtp_server.messages
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "miércoles 6 de mayo de 2026" in text
    assert "09:00 a 10:00 (EDT)" in text
    assert "Su cita" in str(mail["Subject"])


def test_a_change_is_called_a_change(smtp_server: Mailbox) -> None:
    first, second, *_ = the_life_of_one_appointment(smtp_server, "en")
    assert str(first["Subject"]) == "Your appointment: Wed, May 6, 9:00 AM"
    assert (
        str(second["Subject"]) == "Your appointment has changed: Wed, May 6, 11:00 AM"
    )


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.EMAIL_BACKEND = "notifications.channels.eml_folder.EmailBackend"
    settings.MAIL_FOLDER = tmp_path / "mail"
    return tmp_path / "mail"


def test_mail_into_a_folder_is_one_whole_file_each(folder: Path) -> None:
    appointment = a_booking()
    tell(TOLD_AT)
    (path,) = folder.iterdir()
    message_id = rows(appointment, "invite")[0].message_id.strip("<>")
    assert re.fullmatch(rf"\d{{8}}T\d{{12}}-{message_id}\.eml", path.name)
    mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    content = cast(bytes, calendar_part(mail).get_payload(decode=True))
    assert complaints(content, method="REQUEST") == []


def test_a_message_id_cannot_lead_out_of_the_folder(folder: Path) -> None:
    mail = DjangoMessage("Hello", "", to=["ana@mail.example"])
    mail.extra_headers["Message-ID"] = "<../../../etc/passwd@x>"
    connection = get_connection()
    assert isinstance(connection, EmailBackend)
    assert connection.send_messages([mail]) == 1
    (path,) = folder.iterdir()
    assert path.parent == folder


def test_a_mail_without_recipients_is_not_counted(folder: Path) -> None:
    assert get_connection().send_messages([DjangoMessage("Hello", "")]) == 0
    assert list(folder.iterdir()) == []
