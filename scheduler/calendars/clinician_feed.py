"""What a clinician's subscribed calendar holds: own times, and nobody by name."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from courses.models import VisitType
from scheduler.calendars.feeds import (
    FeedEntry,
    FeedFrame,
    emptied_calendar,
    feed_calendar,
    feed_uid,
)
from scheduler.models import Appointment, AppointmentEvent, CalendarFeed, Claim

DAYS_BACK = timedelta(days=30)
DAYS_AHEAD = timedelta(days=365)
# A shorter break is no use to anybody, so the calendar shows one entry through it.
SHORT_BREAK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Span:
    """A time that an appointment takes of one clinician, breaks too short to use in it.

    A prescriber who comes at the start and at the release is free for hours between,
    so these are two entries, and each says which it is.
    """

    appointment: Appointment
    starts_at: datetime
    ends_at: datetime
    number: int = 0
    part: str = ""


def clinician_calendar(feed: CalendarFeed, now: datetime) -> bytes:
    """Return the bytes of this feed: the same until something in it changes."""
    spans = _spans(_claims(feed, now))
    return feed_calendar(_frame(feed), [_entry(feed, span) for span in spans])


def cleared_calendar(feed: CalendarFeed) -> bytes:
    """Return a calendar that makes programs drop the copies they keep."""
    return emptied_calendar(_frame(feed), feed.created_at)


def changed_at(feed: CalendarFeed, now: datetime) -> datetime:
    """Return when this feed may have changed last.

    Any change in the clinic counts, because what has left this feed is not in it any
    more to say so; so does midnight, when the window moves on.
    """
    newest = AppointmentEvent.objects.order_by("-pk").only("occurred_at").first()
    moments = [feed.created_at, _midnight(now)]
    if newest is not None:
        moments.append(min(newest.occurred_at, now))
    return max(moments)


def _claims(feed: CalendarFeed, now: datetime) -> Iterable[Claim]:
    return (
        Claim.objects.live()
        .overlapping(_midnight(now) - DAYS_BACK, _midnight(now) + DAYS_AHEAD)
        .filter(resource__clinician=feed.clinician_id)
        .select_related(
            "appointment__patient",
            "appointment__site",
            "appointment__session__visit_type",
        )
        .order_by("appointment_id", "starts_at", "unit")
    )


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC), time.min, tzinfo=UTC)


def _spans(claims: Iterable[Claim]) -> Iterable[Span]:
    """Join claims that follow one another, and name what an appointment takes."""
    for _, claimed in groupby(claims, key=attrgetter("appointment_id")):
        joined: list[Span] = []
        for claim in claimed:
            if joined and claim.starts_at <= joined[-1].ends_at + SHORT_BREAK:
                last = joined.pop()
                starts_at, ends_at = last.starts_at, max(last.ends_at, claim.ends_at)
            else:
                starts_at, ends_at = claim.starts_at, claim.ends_at
            joined.append(Span(claim.appointment, starts_at, ends_at))
        for number, span in enumerate(joined):
            yield replace(span, number=number, part=_part(span, number, len(joined)))


def _part(span: Span, number: int, count: int) -> str:
    if count == 1:
        return ""
    if number == 0:
        return "start"
    if number < count - 1:
        return f"part {number + 1}"
    kind = span.appointment.session.visit_type.kind
    return "release" if kind == VisitType.Kind.DOSING else "end"


def _entry(feed: CalendarFeed, span: Span) -> FeedEntry:
    appointment = span.appointment
    session = appointment.session
    page = reverse("scheduler:appointment", args=[appointment.pk])
    identity = f"{appointment.uid}:{span.number}"
    title = f"{appointment.patient.initials} {session.label}"
    return FeedEntry(
        uid=feed_uid(settings.SECRET_KEY, str(feed.pk), identity),
        sequence=appointment.revision,
        changed_at=appointment.revised_at,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        zone=appointment.site.zone,
        summary=f"{title}, {span.part}" if span.part else title,
        location="" if session.visit_type.is_remote else appointment.site.name,
        url=urljoin(settings.PUBLIC_BASE_URL, page),
        is_tentative=appointment.status == Appointment.Status.HELD,
    )


def _frame(feed: CalendarFeed) -> FeedFrame:
    resource = getattr(feed.clinician, "resource", None)
    zone = ZoneInfo("UTC") if resource is None else resource.site.zone
    return FeedFrame(name=f"{settings.CLINIC_NAME} - my appointments", zone=zone)
