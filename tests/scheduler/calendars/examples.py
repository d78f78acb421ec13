"""An invitation and a feed entry that the calendar tests vary."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.calendars.feeds import FeedEntry
from scheduler.calendars.invites import Invite, Mailbox

NEW_YORK = ZoneInfo("America/New_York")
STAMP = datetime(2026, 11, 20, 15, 30, 12, 345678, tzinfo=UTC)


def an_invite(**changes: Any) -> Invite:
    invite = Invite(
        uid="0123456789abcdef0123456789abcdef@clinic.example",
        sequence=0,
        stamped_at=STAMP,
        created_at=STAMP,
        changed_at=STAMP,
        starts_at=datetime(2026, 12, 1, 15, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, 17, 10, tzinfo=UTC),
        zone=NEW_YORK,
        summary="Appointment - Riverside Clinic",
        location="12 Main Street, Springfield, NY",
        description="See your appointments:\nhttps://clinic.example/",
        url="https://clinic.example/",
        organizer=Mailbox("Riverside Clinic", "appointments@clinic.example"),
        attendee=Mailbox("Ana Vega", "ana@mail.example"),
    )
    return replace(invite, **changes)


def an_entry(**changes: Any) -> FeedEntry:
    entry = FeedEntry(
        uid="feed-0001@feed",
        sequence=2,
        changed_at=STAMP,
        starts_at=datetime(2026, 12, 1, 15, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, 17, 10, tzinfo=UTC),
        zone=NEW_YORK,
        summary="A.V. - V60",
        location="Riverside",
        url="",
        is_tentative=False,
    )
    return replace(entry, **changes)
