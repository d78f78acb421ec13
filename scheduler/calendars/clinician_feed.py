"""What a clinician's subscribed calendar holds: own times, and nobody by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

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


@dataclass(frozen=True, slots=True)
class Span:
    """An unbroken time that an appointment takes of one clinician."""

    appointment: Appointment
    starts_at: datetime
    ends_at: datetime


def clinician_calendar(feed: CalendarFeed, now: datetime) -> bytes:
    """Return the bytes of this feed: the same until something in it changes."""
    spans = _spans(_claims(feed, now))
    return feed_calendar(_frame(feed), [_entry(feed, *each) for each in spans])


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


def _spans(claims: Iterable[Claim]) -> Iterable[tuple[int, Span]]:
    """Join claims that follow one another, and number what an appointment takes."""
    for _, claimed in groupby(claims, key=attrgetter("appointment_id")):
        joined: list[Span] = []
        for claim in claimed:
            if joined and claim.starts_at <= joined[-1].ends_at:
                last = joined.pop()
                starts_at, ends_at = last.starts_at, max(last.ends_at, claim.ends_at)
            else:
                starts_at, ends_at = claim.starts_at, claim.ends_at
            joined.append(Span(claim.appointment, starts_at, ends_at))
        yield from enumerate(joined)


def _entry(feed: CalendarFeed, number: int, span: Span) -> FeedEntry:
    appointment = span.appointment
    visit_type = appointment.session.visit_type
    page = reverse("scheduler:appointment", args=[appointment.pk])
    return FeedEntry(
        uid=feed_uid(settings.SECRET_KEY, str(feed.pk), f"{appointment.uid}:{number}"),
        sequence=appointment.revision,
        changed_at=appointment.revised_at,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        zone=appointment.site.zone,
        summary=f"{appointment.patient.initials} {visit_type.code}",
        location="" if visit_type.is_remote else appointment.site.name,
        url=urljoin(settings.PUBLIC_BASE_URL, page),
        is_tentative=appointment.status == Appointment.Status.HELD,
    )


def _frame(feed: CalendarFeed) -> FeedFrame:
    resource = getattr(feed.clinician, "resource", None)
    zone = ZoneInfo("UTC") if resource is None else resource.site.zone
    return FeedFrame(name=f"{settings.CLINIC_NAME} - my appointments", zone=zone)
