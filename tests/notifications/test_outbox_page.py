"""The outbox page: what is owed, and the mails in the folder, and nothing else."""

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from notifications.models import Notification
from tests.builders import NOW, a_clinic, a_patient, a_user, at
from tests.notifications.scenes import TOLD_AT, a_booking, cancel, dispatch, plan, tell
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


# --- what is on top ---------------------------------------------------------------


@pytest.fixture
def desk() -> Client:
    with time_machine.travel(NOW, tick=False):
        return a_client(FRONT_DESK)


def shown(desk: Client, now: datetime, state: str = "") -> list[tuple[str, str]]:
    """(kind, state) of each row at that moment, from the top."""
    with time_machine.travel(now, tick=False):
        page = desk.get("/outbox/", {"state": state}).content.decode()
    rows = re.findall(r"<tr><td>[^<]*</td><td>(\w+)</td>.*?mail-(\w+)\"", page)
    return [(kind.lower(), state) for kind, state in rows]


def three_bookings() -> None:
    """Visits in one, two and three weeks, booked in the other order."""
    clinic = a_clinic(rooms=3)
    for weeks in (3, 2, 1):
        patient = a_patient(f"In {weeks} weeks", email=f"p{weeks}@mail.example")
        booked_at = NOW - timedelta(minutes=weeks)
        a_booking(
            clinic=clinic,
            patient=patient,
            starts_at=at(9, day=7 * weeks + 1),
            now=booked_at,
        )
    plan(NOW)


@pytest.mark.usefixtures("day_before")
def test_what_is_due_in_a_moment_is_above_what_is_planned_for_weeks_ahead(
    desk: Client,
) -> None:
    three_bookings()
    assert (
        shown(desk, NOW)
        == [("invitation", "planned")] * 3 + [("reminder", "planned")] * 3
    )


@pytest.mark.usefixtures("day_before")
def test_a_new_booking_is_above_what_has_left_and_reminders_come_last(
    desk: Client,
) -> None:
    three_bookings()
    dispatch(TOLD_AT)
    later = NOW + timedelta(hours=5)
    a_booking(patient=a_patient("Just now"), starts_at=at(11, day=2), now=later)
    plan(later)
    assert shown(desk, later) == [
        ("invitation", "planned"),
        *[("invitation", "sent")] * 3,
        *[("reminder", "planned")] * 4,
    ]


@pytest.mark.usefixtures("day_before")
def test_reminders_come_in_the_order_in_which_they_fall_due(desk: Client) -> None:
    three_bookings()
    with time_machine.travel(NOW, tick=False):
        words = text_of(desk.get("/outbox/?state=planned"))
    reminders = words[words.index("Reminder") :]
    places = [reminders.index(f"p{weeks}@mail.example") for weeks in (1, 2, 3)]
    assert places == sorted(places)


@pytest.mark.usefixtures("day_before")
def test_a_state_shows_only_its_own_and_nonsense_shows_everything(desk: Client) -> None:
    booked = a_booking()
    tell(TOLD_AT)
    cancel(booked, TOLD_AT)
    plan(TOLD_AT)
    reminder = ("reminder", "superseded")
    assert shown(desk, TOLD_AT, "sent") == [("invitation", "sent")]
    assert shown(desk, TOLD_AT, "planned") == [("cancellation", "planned")]
    assert shown(desk, TOLD_AT, "kept back") == [reminder]
    assert shown(desk, TOLD_AT, "failed") == []
    assert len(shown(desk, TOLD_AT, "nonsense")) == 3
    Notification.objects.filter(status="sent").update(status="failed", reason="No box")
    assert shown(desk, TOLD_AT, "failed") == [("invitation", "failed")]


@pytest.mark.usefixtures("day_before")
def test_the_next_page_keeps_the_state(desk: Client) -> None:
    a_booking()
    plan(NOW)
    (first, *_) = Notification.objects.filter(kind="invite")
    Notification.objects.bulk_create(_like(first, number) for number in range(60))
    with time_machine.travel(NOW, tick=False):
        page = desk.get("/outbox/?state=planned").content.decode()
        assert 'href="?state=planned&amp;page=2"' in page
        last = desk.get("/outbox/?state=planned&page=2").content.decode()
    assert "Page 2 of 2" in last
    assert 'aria-current="true">Planned' in last


def _like(row: Notification, number: int) -> Notification:
    """The same message once more, owed to somebody else."""
    columns = {
        field.attname: field.value_from_object(row)
        for field in Notification._meta.concrete_fields
        if field.attname not in {"id", "message_id"}
    }
    return Notification(**{**columns, "recipient": f"p{number}@mail.example"})
