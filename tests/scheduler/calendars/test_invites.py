"""Invitations and cancellations keep the wire format that real clients need."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from scheduler.calendars.invites import Answer, Mailbox, Method, invite_message
from tests.scheduler.calendars.examples import NEW_YORK, STAMP, an_invite
from tests.scheduler.calendars.lint import complaints, unfolded, values


def read_back(content: bytes) -> Event:
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.events
    assert not event.errors
    return event


@pytest.mark.parametrize("method", Method)
def test_an_invitation_has_no_complaints(method: Method) -> None:
    message = invite_message(an_invite(), method)
    assert message.method is method
    assert complaints(message.content, method=method.value) == []


def test_the_event_reads_back_as_it_was_meant() -> None:
    event = read_back(invite_message(an_invite(), Method.REQUEST).content)
    assert event["UID"] == an_invite().uid
    assert event["SEQUENCE"] == 0
    assert event.start == an_invite().starts_at.astimezone(NEW_YORK)
    assert event.end == an_invite().ends_at.astimezone(NEW_YORK)
    assert event.decoded("DTSTAMP") == STAMP.replace(microsecond=0)
    assert event["LOCATION"] == "12 Main Street, Springfield, NY"
    assert event["DESCRIPTION"] == "See your appointments:\nhttps://clinic.example/"
    assert (event["STATUS"], event["TRANSP"], event["CLASS"]) == (
        "CONFIRMED",
        "OPAQUE",
        "PRIVATE",
    )


def test_organizer_and_attendee_are_written_so_that_buttons_appear() -> None:
    event = read_back(invite_message(an_invite(), Method.REQUEST).content)
    assert event["ORGANIZER"] == "mailto:appointments@clinic.example"
    assert event["ATTENDEE"] == "mailto:ana@mail.example"
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Ana Vega",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


def test_a_stored_answer_is_kept_in_the_invitation() -> None:
    invite = an_invite(answer=Answer.ACCEPTED)
    event = read_back(invite_message(invite, Method.REQUEST).content)
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_a_cancellation_says_cancelled_in_both_places() -> None:
    message = invite_message(an_invite(sequence=3), Method.CANCEL)
    event = read_back(message.content)
    assert "METHOD:CANCEL" in unfolded(message.content)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 3)
    assert (event["UID"], event["SUMMARY"]) == (an_invite().uid, an_invite().summary)


def test_a_second_rendering_gives_the_same_bytes() -> None:
    assert invite_message(an_invite(), Method.REQUEST) == invite_message(
        an_invite(), Method.REQUEST
    )


def test_nothing_in_the_envelope_makes_a_program_subscribe_or_alarm() -> None:
    lines = unfolded(invite_message(an_invite(), Method.REQUEST).content)
    outside = lines[: lines.index("BEGIN:VTIMEZONE")]
    names = [line.split(":")[0] for line in outside]
    assert names == ["BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD"]
    assert "BEGIN:VALARM" not in lines


@pytest.mark.parametrize("day", [6, 7, 8, 9])
@pytest.mark.parametrize("zone_name", ["America/New_York", "Europe/London", "UTC"])
def test_an_expander_finds_the_right_instant_around_clock_changes(
    day: int, zone_name: str
) -> None:
    starts_at = datetime(2027, 3, day, 7, 30, tzinfo=UTC)
    invite = an_invite(
        zone=ZoneInfo(zone_name),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
    )
    content = invite_message(invite, Method.REQUEST).content
    (event,) = recurring_ical_events.of(Calendar.from_ical(content)).all()
    assert event.start == starts_at
    assert event.end == starts_at + timedelta(hours=2)


def test_a_zone_that_is_utc_needs_no_zone_block() -> None:
    content = invite_message(
        an_invite(zone=ZoneInfo("Etc/UTC")), Method.REQUEST
    ).content
    assert b"VTIMEZONE" not in content
    assert values(unfolded(content), "DTSTART") == ["20261201T150000Z"]


@pytest.mark.parametrize(
    ("hour", "written"),
    [(4, "20261101T000000"), (5, "20261101T050000Z"), (6, "20261101T060000Z")],
)
def test_an_hour_that_clocks_show_twice_is_written_in_utc(
    hour: int, written: str
) -> None:
    starts_at = datetime(2026, 11, 1, hour, tzinfo=UTC)
    invite = an_invite(starts_at=starts_at, ends_at=starts_at + timedelta(hours=4))
    lines = unfolded(invite_message(invite, Method.REQUEST).content)
    event = lines[lines.index("BEGIN:VEVENT") :]
    assert values(event, "DTSTART") == [written]


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 12, 1, 15)  # noqa: DTZ001 - the refusal is the point
    with pytest.raises(ValueError, match="aware"):
        invite_message(an_invite(starts_at=naive), Method.REQUEST)


NASTY = st.text(max_size=200) | st.sampled_from(
    [
        "\x00\x07nul and bell",
        "Zoë\r\nMETHOD:CANCEL",
        'Smith; "Jane", the: 2nd',
        "\u202egnp.exe\u2066",
        "x" * 400,
        "👩‍⚕️" * 60,
        "\ud800 lone half",
    ]
)


@given(name=NASTY, place=NASTY, text=NASTY)
def test_no_text_breaks_out_of_its_line(name: str, place: str, text: str) -> None:
    invite = an_invite(
        summary=name,
        location=place,
        description=text,
        attendee=Mailbox(name, "ana@mail.example"),
    )
    content = invite_message(invite, Method.REQUEST).content
    found = [
        item for item in complaints(content, method="REQUEST") if "banned" not in item
    ]
    assert found == []
    event = read_back(content)
    assert event["ATTENDEE"] == "mailto:ana@mail.example"
    people = [line for line in unfolded(content) if line.startswith("ATTENDEE")]
    assert "^" not in people[0]


def test_direction_marks_and_control_characters_are_gone() -> None:
    invite = an_invite(summary="\u202eAppoint\x00ment\u2066 - \tClinic\x85")
    event = read_back(invite_message(invite, Method.REQUEST).content)
    assert event["SUMMARY"] == "Appointment - Clinic"
