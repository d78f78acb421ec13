"""Subscribed calendars: the same bytes for the same appointments, always.

Programs compare what they fetched with what they have, so nothing here may depend
on the time of rendering. Nobody is named: a feed ends up on shared phones.
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from scheduler.calendars.envelope import calendar_bytes
from scheduler.calendars.invites import wall_time
from scheduler.calendars.texts import clean_line
from scheduler.calendars.time_zones import is_utc, zone_block

_REFRESH = "PT1H"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One appointment as one audience may see it."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    location: str
    url: str
    is_tentative: bool


@dataclass(frozen=True, slots=True)
class FeedFrame:
    """What a calendar program shows about the whole subscription."""

    name: str
    zone: ZoneInfo
    color_name: str = "teal"
    color_hex: str = "#008080"


def feed_uid(secret: str, feed_id: str, appointment_uid: str) -> str:
    """Return an identity of its own for this feed.

    The invitation's identity vouches for a patient's reply, so it never leaves the
    patient's own mail.
    """
    message = f"{feed_id}:{appointment_uid}".encode()
    digest = hmac.new(secret.encode(), message, sha256).hexdigest()
    return f"{digest[:40]}@feed"


def feed_calendar(frame: FeedFrame, entries: Sequence[FeedEntry]) -> bytes:
    """Return the calendar of these entries, in the order of their starts."""
    ordered = sorted(entries, key=lambda entry: (entry.starts_at, entry.uid))
    blocks = _zone_blocks(frame, ordered)
    events = (_event_bytes(entry) for entry in ordered)
    return calendar_bytes(_properties(frame), blocks, events)


def emptied_calendar(frame: FeedFrame, at: datetime) -> bytes:
    """Return a calendar without events, which clears the copies programs keep."""
    block = zone_block(frame.zone, at.year, at.year)
    return calendar_bytes(_properties(frame), [block], [])


def _properties(frame: FeedFrame) -> list[bytes]:
    lines = [
        f"X-WR-TIMEZONE:{frame.zone.key}",
        f"COLOR:{frame.color_name}",
        f"X-APPLE-CALENDAR-COLOR:{frame.color_hex}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}",
        f"X-PUBLISHED-TTL:{_REFRESH}",
    ]
    return [*_name_lines(frame.name), *(line.encode() for line in lines)]


def _name_lines(name: str) -> list[bytes]:
    # Only the name is free text, so only here the library escapes and folds.
    calendar = Calendar()
    for dialect in ("name", "x-wr-calname"):
        calendar.add(dialect, vText(clean_line(name)))
    return bytes(calendar.to_ical(sorted=False)).split(b"\r\n")[1:-2]


def _zone_blocks(frame: FeedFrame, entries: Iterable[FeedEntry]) -> list[str]:
    years: dict[str, list[int]] = {}
    zones: dict[str, ZoneInfo] = {}
    for entry in entries:
        if not is_utc(entry.zone):
            zones[entry.zone.key] = entry.zone
            near = (entry.starts_at.year, entry.ends_at.year)
            years.setdefault(entry.zone.key, []).extend(near)
    return [
        zone_block(zones[key], min(years[key]), max(years[key]))
        for key in sorted(zones)
    ]


@lru_cache(maxsize=50_000)
def _event_bytes(entry: FeedEntry) -> bytes:
    event = Event()
    stamp = entry.changed_at.astimezone(UTC).replace(microsecond=0)
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("dtstart", wall_time(entry.starts_at, entry.zone))
    event.add("dtend", wall_time(entry.ends_at, entry.zone))
    event.add("summary", clean_line(entry.summary))
    if entry.location:
        event.add("location", clean_line(entry.location))
    if entry.url:
        event.add("url", clean_line(entry.url))
    event.add("status", "TENTATIVE" if entry.is_tentative else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    return bytes(event.to_ical())
