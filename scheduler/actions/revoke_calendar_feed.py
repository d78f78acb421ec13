"""Close a clinician's calendar address."""

from datetime import datetime

from courses.actors import Actor
from courses.transactions import action
from scheduler.models import CalendarFeed


@action
def revoke_calendar_feed(
    *, feed: CalendarFeed, actor: Actor, now: datetime
) -> CalendarFeed:
    """Make the address show an empty calendar for a month, and then nothing.

    Revoking twice changes nothing: the first time counts.
    """
    open_feed = CalendarFeed.objects.filter(pk=feed.pk, revoked_at__isnull=True)
    open_feed.update(revoked_at=now)
    return CalendarFeed.objects.get(pk=feed.pk)
