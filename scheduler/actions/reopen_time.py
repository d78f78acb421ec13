"""Reopen what a closure closes."""

from datetime import datetime

from courses.actors import Actor
from courses.history import record_of_clinic
from courses.models import ClinicEvent
from courses.transactions import action
from scheduler.actions.close_time import closure_details
from scheduler.errors import NothingToReopen
from scheduler.locks import lock_place
from scheduler.models import Closure


@action
def reopen_time(*, closure: Closure, actor: Actor, now: datetime) -> None:
    """Make visits possible again in what is left of the closed time.

    A closure that hasn't begun is gone; one that has ends now, so that the time
    already spent stays closed. History keeps what was closed. Raises NothingToReopen
    when it is over or somebody else has reopened it.
    """
    lock_place(closure.place)
    locked = (
        Closure.objects.select_for_update(of=("self",))
        .select_related("resource__site", "site")
        .filter(pk=closure.pk)
        .first()
    )
    if locked is None or locked.ends_at <= now:
        raise NothingToReopen
    record_of_clinic(
        ClinicEvent.Kind.TIME_REOPENED,
        subject=locked.place,
        subject_id=locked.pk,
        details=closure_details(locked),
        actor=actor,
        now=now,
    )
    if locked.starts_at < now:
        locked.ends_at = now
        locked.save(update_fields=["ends_at"])
    else:
        locked.delete()
