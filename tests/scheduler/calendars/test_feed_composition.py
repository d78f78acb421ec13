"""A feed's bytes depend on its appointments and on nothing else."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar

from scheduler.calendars.feeds import (
    FeedFrame,
    emptied_calendar,
    feed_calendar,
    feed_uid,
)
from tests.scheduler.calendars.examples import NEW_YORK, STAMP, an_entry
from tests.scheduler.calendars.lint import complaints, unfolded, values

FRAME = FeedFrame("Riverside; Dr. Ng, calendar ñ", NEW_YORK)


def test_a_feed_has_no_complaints() -> None:
    content = feed_calendar(FRAME, [an_entry(), an_entry(uid="feed-0002@feed")])
    assert complaints(content, method=None) == []


def test_entries_in_any_order_give_the_same_bytes() -> None:
    early = an_entry(uid="a@feed")
    late = an_entry(uid="b@feed", starts_at=datetime(2026, 12, 1, 16, tzinfo=UTC))
    assert feed_calendar(FRAME, [early, late]) == feed_calendar(FRAME, [late, early])


def test_each_zone_is_described_once_and_first() -> None:
    chicago = ZoneInfo("America/Chicago")
    entries = [an_entry(), an_entry(uid="b@feed"), an_entry(uid="c@feed", zone=chicago)]
    lines = unfolded(feed_calendar(FRAME, entries))
    zones = [line for line in lines if line.startswith("TZID:")]
    assert zones == ["TZID:America/Chicago", "TZID:America/New_York"]
    assert lines.index("BEGIN:VEVENT") > lines.index("TZID:America/New_York")


def test_an_entry_carries_no_people_and_no_alarm() -> None:
    text = feed_calendar(FRAME, [an_entry()]).decode()
    for name in ("ORGANIZER", "ATTENDEE", "VALARM", "METHOD"):
        assert name not in text


def test_the_stamp_is_the_time_of_the_last_change() -> None:
    lines = unfolded(feed_calendar(FRAME, [an_entry()]))
    assert values(lines, "DTSTAMP") == [f"{STAMP:%Y%m%dT%H%M%SZ}"]
    assert values(lines, "LAST-MODIFIED") == values(lines, "DTSTAMP")


def test_a_hold_is_tentative() -> None:
    lines = unfolded(feed_calendar(FRAME, [an_entry(is_tentative=True)]))
    assert values(lines, "STATUS") == ["TENTATIVE"]


def test_the_name_and_the_pace_are_said_in_every_dialect() -> None:
    lines = unfolded(feed_calendar(FRAME, []))
    assert "NAME:Riverside\\; Dr. Ng\\, calendar ñ" in lines
    assert "X-WR-CALNAME:Riverside\\; Dr. Ng\\, calendar ñ" in lines
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert "X-PUBLISHED-TTL:PT1H" in lines


def test_an_emptied_calendar_is_readable_and_holds_a_zone_only() -> None:
    content = emptied_calendar(FRAME, STAMP)
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    assert calendar.events == []
    assert len(calendar.timezones) == 1
    assert complaints(content, method=None) == []


def test_each_feed_knows_an_appointment_by_another_identity() -> None:
    first = feed_uid("secret", "feed-1", "abc@clinic.example")
    assert first == feed_uid("secret", "feed-1", "abc@clinic.example")
    assert first != feed_uid("secret", "feed-2", "abc@clinic.example")
    assert "abc" not in first
    assert len(first) < 100
