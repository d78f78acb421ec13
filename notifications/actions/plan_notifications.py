"""Turns what happened to appointments into the messages that are owed for it."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from courses.actors import Actor
from courses.transactions import action
from notifications.models import EventFloor, EventRead
from notifications.planning import plan_messages
from scheduler.models import Appointment, AppointmentEvent

EVENTS_AT_A_TIME = 200
# Numbers are given out before transactions commit. The floor stays this far below
# the newest number read, so that a transaction that commits late is not passed by.
FLOOR_DISTANCE = 5_000


def plan_notifications(*, actor: Actor, now: datetime) -> int:
    """Every event up to now has been read, and what it owes exists as rows.

    Safe to run twice at once, and again after being stopped at any line: each event
    is marked as read in the transaction that writes its messages. Returns how many
    messages were added.
    """
    added = 0
    while True:
        events, rows = _read_some(actor=actor, now=now)
        added += rows
        if events < EVENTS_AT_A_TIME:
            return added


@action
def _read_some(*, actor: Actor, now: datetime) -> tuple[int, int]:
    floor = lock_planning()
    events = _unread_events(floor)
    ids = {event.appointment_id for event in events}
    appointments = Appointment.objects.filter(pk__in=ids).select_related(
        "patient", "site", "session__visit_type"
    )
    added = plan_messages(list(appointments.order_by("starts_at", "pk")), now=now)
    EventRead.objects.bulk_create(
        EventRead(event=event, read_at=now) for event in events
    )
    _raise_floor(floor, events)
    return len(events), added


def lock_planning() -> EventFloor:
    """Let one planner work at a time, until the transaction ends."""
    EventFloor.objects.get_or_create(pk=1)
    return EventFloor.objects.select_for_update().get(pk=1)


def _unread_events(floor: EventFloor) -> list[AppointmentEvent]:
    read = EventRead.objects.filter(event_id=OuterRef("pk"))
    unread = AppointmentEvent.objects.filter(~Exists(read), pk__gt=floor.event_id)
    unread = unread.order_by("pk").only("pk", "appointment_id")
    return list(unread[:EVENTS_AT_A_TIME])


def _raise_floor(floor: EventFloor, events: Sequence[AppointmentEvent]) -> None:
    if not events:
        return
    height = events[len(events) - 1].pk - FLOOR_DISTANCE
    if height > floor.event_id:
        floor.event_id = height
        floor.save(update_fields=["event_id"])
