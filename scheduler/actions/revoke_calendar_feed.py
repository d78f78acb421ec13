"""Close a clinician's calendar address."""

from datetime import datetime

from courses.actors import Actor
from courses.history import record_of_clinic
from courses.models import ClinicEvent
from courses.transactions import action
from scheduler.models import CalendarFeed


@action
def revoke_calendar_feed(
    *, feed: CalendarFeed, actor: Actor, now: datetime
) -> CalendarFeed:
    """Make the address show an empty calendar for a month, and then nothing.

    Revoking twice changes nothing: the first time counts.
    """
    locked = CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    if locked.revoked_at is not None:
        return locked
    locked.revoked_at = now
    locked.save(update_fields=["revoked_at"])
    record_of_clinic(
        ClinicEvent.Kind.FEED_REVOKED,
        subject=locked.clinician,
        subject_id=locked.pk,
        actor=actor,
        now=now,
    )
    return locked
