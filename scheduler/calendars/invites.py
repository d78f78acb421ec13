"""Invitations and cancellations as a patient's own calendar understands them.

One appointment per calendar: several in one mail are read only in part. Sequence
and stamp come from the rows, so that a second rendering gives the same bytes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Event, vCalAddress, vText

from scheduler.calendars.envelope import calendar_bytes
from scheduler.calendars.texts import clean_line, clean_name, clean_text
from scheduler.calendars.time_zones import is_utc, zone_block


class Method(StrEnum):
    """What the receiving calendar is asked to do."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Answer(StrEnum):
    """What the patient has said to the invitation."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and a bare mail address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Invite:
    """All that the invitation of one patient to one appointment says."""

    uid: str
    sequence: int
    stamped_at: datetime
    created_at: datetime
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    location: str
    description: str
    url: str
    organizer: Mailbox
    attendee: Mailbox
    answer: Answer = Answer.NEEDS_ACTION


@dataclass(frozen=True, slots=True)
class CalendarMessage:
    """The bytes of a calendar with the method that the mail part must repeat."""

    method: Method
    content: bytes


def invite_message(invite: Invite, method: Method) -> CalendarMessage:
    """Return the calendar that asks for, or takes back, this one appointment."""
    years = (invite.starts_at.year, invite.ends_at.year)
    block = "" if is_utc(invite.zone) else zone_block(invite.zone, *years)
    event = _event(invite, method).to_ical()
    content = calendar_bytes([f"METHOD:{method}".encode()], [block], [event])
    return CalendarMessage(method, content)


def _event(invite: Invite, method: Method) -> Event:
    event = Event()
    event.add("uid", invite.uid)
    event.add("sequence", invite.sequence)
    event.add("dtstamp", _utc_second(invite.stamped_at))
    event.add("created", _utc_second(invite.created_at))
    event.add("last-modified", _utc_second(invite.changed_at))
    event.add("dtstart", wall_time(invite.starts_at, invite.zone))
    event.add("dtend", wall_time(invite.ends_at, invite.zone))
    event.add("summary", clean_line(invite.summary))
    for name, text in (
        ("location", clean_line(invite.location)),
        ("description", clean_text(invite.description)),
        ("url", clean_line(invite.url)),
    ):
        if text:
            event.add(name, text)
    event.add("organizer", _address(invite.organizer))
    event.add("attendee", _attendee(invite))
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    return event


def wall_time(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in whole seconds as the zone's clocks show it.

    In the hour that clocks show twice, programs disagree about which one is meant, so
    an instant in it is written in UTC.
    """
    if at.tzinfo is None:
        raise ValueError("A calendar needs aware times.")
    local = at.astimezone(zone).replace(microsecond=0)
    is_shown_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return local.astimezone(UTC) if is_utc(zone) or is_shown_twice else local


def _utc_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{clean_line(mailbox.address)}")
    address.params["CN"] = vText(clean_name(mailbox.name))
    return address


def _attendee(invite: Invite) -> vCalAddress:
    attendee = _address(invite.attendee)
    attendee.params["CUTYPE"] = vText("INDIVIDUAL")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText(invite.answer)
    attendee.params["RSVP"] = vText("TRUE")
    return attendee
