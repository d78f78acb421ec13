"""The outbox page: what is owed, and the mails in the folder, and nothing else."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.builders import a_user
from tests.staff_pages import FRONT_DESK, a_client, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.MAIL_FOLDER.mkdir()
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nkeys")
    return tmp_path / "mail"


def a_mail(folder: Path, name: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Appointment <b>moved</b>"
    mail["To"] = "ana@mail.example"
    mail.set_content("See you on Tuesday")
    mail.add_alternative("BEGIN:VCALENDAR\nEND:VCALENDAR", subtype="calendar")
    (folder / name).write_bytes(mail.as_bytes())


def test_mails_are_listed_and_shown_with_text_and_calendar_part(folder: Path) -> None:
    a_mail(folder, "20260504T130000-1@clinic.example.eml")
    client = a_client(FRONT_DESK)
    listed = client.get("/outbox/")
    assert "ana@mail.example" in text_of(listed)
    assert "&lt;b&gt;moved" in listed.content.decode()
    page = client.get("/outbox/mail/20260504T130000-1@clinic.example.eml/")
    assert "See you on Tuesday" in text_of(page)
    assert "BEGIN:VCALENDAR" in text_of(page)
    assert "<b>moved</b>" not in page.content.decode()


@pytest.mark.parametrize(
    "name",
    ["..%2Fsecret.eml", "%2e%2e%2fsecret.eml", "secret.eml", ".writing-x", "%00.eml"],
)
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    assert a_client(FRONT_DESK).get(f"/outbox/mail/{name}/").status_code == 404


def test_a_link_in_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "link.eml").symlink_to(folder.parent / "secret.eml")
    assert a_client(FRONT_DESK).get("/outbox/mail/link.eml/").status_code == 404


def test_without_a_folder_the_page_says_that_nothing_has_left(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MAIL_FOLDER = tmp_path / "none"
    assert "No mail has left yet" in text_of(a_client(FRONT_DESK).get("/outbox/"))


def test_a_file_cut_short_is_still_listed(folder: Path) -> None:
    (folder / "cut.eml").write_bytes(b"Subject: half\r\nContent-Type: text/calendar; ")
    client = a_client(FRONT_DESK)
    assert "half" in text_of(client.get("/outbox/"))
    assert client.get("/outbox/mail/cut.eml/").status_code == 200


def test_the_outbox_is_for_staff_with_the_permission(client: Client) -> None:
    assert client.get("/outbox/").status_code == 302
    client.force_login(a_user("nobody"))
    assert client.get("/outbox/").status_code == 403
