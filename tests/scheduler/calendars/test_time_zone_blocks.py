"""The zone text says what the zone's clocks do, read by another library."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from icalendar import Timezone

from scheduler.calendars.time_zones import zone_block

YEARLY = (
    "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Havana",
    "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Berlin",
    "Europe/Chisinau", "Africa/Johannesburg", "Asia/Beirut", "Australia/Sydney",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
    "America/Asuncion", "Antarctica/Troll", "Atlantic/Azores",
)  # fmt: skip
STEADY = (
    "America/Phoenix", "America/Puerto_Rico", "Pacific/Honolulu", "Asia/Tokyo",
    "Asia/Kolkata", "Asia/Kathmandu", "America/Sao_Paulo", "America/Mexico_City",
    "Africa/Johannesburg", "America/Asuncion",
)  # fmt: skip
BY_NO_YEARLY_RULE = (
    "Africa/Casablanca", "Africa/Cairo", "Asia/Gaza", "America/Nuuk",
    "America/Santiago", "Asia/Jerusalem",
)  # fmt: skip
EVERY_KIND = sorted({*YEARLY, *STEADY, *BY_NO_YEARLY_RULE})


def changes(zone: ZoneInfo, first_year: int, last_year: int) -> list[datetime]:
    """Return the hours around which the zone's offset changes, found by walking."""
    hour = datetime(first_year, 1, 1, tzinfo=UTC)
    found = []
    while hour.year <= last_year:
        after = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(after)
        hour = after
    return found


def as_read_back(block: str, name: str) -> Timezone:
    zone = Timezone.from_ical(block)
    assert isinstance(zone, Timezone)
    # A name of its own keeps the library from using what it knows of the real zone.
    zone["TZID"] = "nowhere-" + name.replace("/", "-")
    return zone


@pytest.mark.parametrize("name", EVERY_KIND)
def test_the_block_gives_the_zones_offset_on_both_sides_of_each_change(
    name: str,
) -> None:
    zone = ZoneInfo(name)
    read = as_read_back(zone_block(zone, 2026, 2027), name).to_tz()
    moments = [datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)]
    for change in changes(zone, 2026, 2027):
        moments += [change + timedelta(hours=hours) for hours in (-30, -3, 3, 30)]
    for moment in moments:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        assert (
            wall.replace(tzinfo=read).utcoffset() == moment.astimezone(zone).utcoffset()
        )


@pytest.mark.parametrize("name", sorted(set(YEARLY) - set(STEADY)))
def test_a_zone_with_a_yearly_rule_is_written_with_two_rules(name: str) -> None:
    block = zone_block(ZoneInfo(name), 2026, 2026)
    assert block.count("RRULE:FREQ=YEARLY;BYMONTH=") == 2
    assert block.count("BEGIN:DAYLIGHT") == block.count("BEGIN:STANDARD") == 1


@pytest.mark.parametrize("name", STEADY)
def test_a_zone_without_changes_is_a_single_standard_part(name: str) -> None:
    block = zone_block(ZoneInfo(name), 2026, 2026)
    assert block.count("BEGIN:STANDARD") == 1
    assert "DAYLIGHT" not in block
    assert "RRULE" not in block


def test_new_york_is_written_as_mail_programs_know_it() -> None:
    lines = zone_block(ZoneInfo("America/New_York"), 2026, 2026).split("\r\n")
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU" in lines
    assert "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU" in lines
    assert "DTSTART:19700308T020000" in lines


def test_the_last_sunday_is_not_taken_for_the_fourth() -> None:
    block = zone_block(ZoneInfo("Europe/Berlin"), 2026, 2026)
    assert "BYMONTH=3;BYDAY=-1SU" in block
    assert "BYMONTH=10;BYDAY=-1SU" in block


def test_the_larger_offset_is_the_daylight_part_in_ireland() -> None:
    block = zone_block(ZoneInfo("Europe/Dublin"), 2026, 2026)
    daylight = block[block.index("BEGIN:DAYLIGHT") : block.index("END:DAYLIGHT")]
    assert "TZOFFSETTO:+0100" in daylight


def test_every_known_zone_can_be_written() -> None:
    for name in sorted(available_timezones())[::7]:
        block = zone_block(ZoneInfo(name), 2026, 2026)
        assert block.startswith("BEGIN:VTIMEZONE\r\nTZID:")
        assert block.endswith("END:VTIMEZONE\r\n")
