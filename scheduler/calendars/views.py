"""The address that calendar programs poll. Errors here cost users their calendar.

Programs switch a subscription off after 401, 403, 410, 429 and 5xx, and wipe it after a
broken 200. So the answers are 200, 304 and, for a stranger's guess, 404.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from scheduler.calendars.clinician_feed import (
    changed_at,
    cleared_calendar,
    clinician_calendar,
)
from scheduler.calendars.texts import clean_line
from scheduler.calendars.tokens import token_hash
from scheduler.models import CalendarFeed

PURGED_FOR = timedelta(days=30)
_FETCH_NOTED_EVERY = timedelta(minutes=5)


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer with the feed behind this token; the token is all that is asked for."""
    now = timezone.now()
    feed = _feed_behind(token)
    if feed is None:
        return _plain("No such calendar.", status=404)
    if feed.revoked_at is not None:
        return _revoked(request, feed, feed.revoked_at, now)
    _note_fetch(request, feed, now)
    content = clinician_calendar(feed, now)
    return _calendar(request, content, changed_at(feed, now), now)


def _feed_behind(token: str) -> CalendarFeed | None:
    feeds = CalendarFeed.objects.select_related("clinician__resource__site")
    return feeds.filter(token_hash=token_hash(token)).first()


def _revoked(
    request: HttpRequest, feed: CalendarFeed, revoked_at: datetime, now: datetime
) -> HttpResponseBase:
    if now - revoked_at >= PURGED_FOR:
        return _plain("This calendar is no longer offered.", status=410)
    # An empty calendar clears the copies on phones; an error would leave them there.
    return _calendar(request, cleared_calendar(feed), revoked_at, now)


def _calendar(
    request: HttpRequest, content: bytes, modified_at: datetime, now: datetime
) -> HttpResponseBase:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    etag = quote_etag(sha256(content).hexdigest())
    response["Content-Length"] = str(len(content))
    response["ETag"] = etag
    seconds = int(modified_at.timestamp())
    if now - modified_at > timedelta(seconds=1):
        # Within the same second the date could not tell a later change from this one.
        response["Last-Modified"] = http_date(seconds)
    _keep_private(response)
    answer = get_conditional_response(request, etag, seconds, response)
    return response if answer is None else answer


def _plain(text: str, *, status: int) -> HttpResponse:
    response = HttpResponse(f"{text}\n", content_type="text/plain", status=status)
    _keep_private(response)
    return response


def _keep_private(response: HttpResponse) -> None:
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"


def _note_fetch(request: HttpRequest, feed: CalendarFeed, now: datetime) -> None:
    agent = clean_line(request.headers.get("User-Agent", ""))[:200]
    last = feed.last_fetched_at
    if agent == feed.last_agent and last and now - last < _FETCH_NOTED_EVERY:
        return
    CalendarFeed.objects.filter(pk=feed.pk).update(
        last_fetched_at=now, last_agent=agent
    )


def feed_address(token: str) -> str:
    """Return the address to subscribe to; shown once, when the feed is issued."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}/ical/{token}.ics"
