"""Give a clinician a calendar address, or a new one in place of the old."""

from dataclasses import dataclass
from datetime import datetime

from courses.actors import Actor
from courses.history import record_of_clinic
from courses.models import ClinicEvent, Clinician
from courses.transactions import action
from scheduler.actions.revoke_calendar_feed import revoke_calendar_feed
from scheduler.calendars.tokens import new_token, token_hash
from scheduler.models import CalendarFeed


@dataclass(frozen=True, slots=True)
class IssuedFeed:
    """A new feed with its token, which is kept nowhere and shown this once."""

    feed: CalendarFeed
    token: str


@action
def issue_calendar_feed(
    *, clinician: Clinician, actor: Actor, now: datetime
) -> IssuedFeed:
    """Make a feed at a new secret address the clinician's only open one.

    The address that was in use before is revoked: it clears the copies for a month.
    """
    # Two clicks at once must not leave two open feeds.
    Clinician.objects.select_for_update().get(pk=clinician.pk)
    in_use = CalendarFeed.objects.filter(clinician=clinician, revoked_at__isnull=True)
    for feed in in_use:
        revoke_calendar_feed(feed=feed, actor=actor, now=now)
    token = new_token()
    feed = CalendarFeed.objects.create(
        clinician=clinician, token_hash=token_hash(token), created_at=now
    )
    record_of_clinic(
        ClinicEvent.Kind.FEED_ISSUED,
        subject=clinician,
        subject_id=feed.pk,
        actor=actor,
        now=now,
    )
    return IssuedFeed(feed, token)
