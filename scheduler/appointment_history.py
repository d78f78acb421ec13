"""The one place that counts an appointment's revisions and writes its history."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.dispatch import Signal

from courses.actors import Actor
from scheduler.models import Appointment, AppointmentEvent
from scheduler.new_rows import add_rows

# Sent without arguments inside the transaction that wrote history.
history_written = Signal()


def appointment_event(
    appointment: Appointment,
    kind: str,
    *,
    from_status: str = "",
    details: Mapping[str, object] | None = None,
    actor: Actor,
    now: datetime,
) -> AppointmentEvent:
    """Return the unsaved event row that tells what just became true."""
    return AppointmentEvent(
        appointment=appointment,
        kind=kind,
        from_status=from_status,
        to_status=appointment.status,
        revision=appointment.revision,
        sequence=appointment.sequence,
        details=dict(details or {}),
        actor=actor.user,
        actor_label=actor.label,
        occurred_at=now,
    )


def write_history(events: Iterable[AppointmentEvent]) -> None:
    """Add the event rows to the running transaction, and say that there are some."""
    add_rows(list(events))
    history_written.send(sender=AppointmentEvent)


def record(
    appointment: Appointment,
    kind: str,
    *,
    from_status: str = "",
    details: Mapping[str, object] | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Write one event row that tells what just became true."""
    event = appointment_event(
        appointment,
        kind,
        from_status=from_status,
        details=details,
        actor=actor,
        now=now,
    )
    write_history([event])


def revise(
    appointment: Appointment, *, fields: tuple[str, ...], now: datetime, told: bool
) -> None:
    """Save the named fields as the next revision.

    `told` also raises SEQUENCE: whatever a calendar shows has changed.
    """
    appointment.revision += 1
    appointment.sequence += 1 if told else 0
    appointment.revised_at = now
    appointment.save(
        update_fields=[*fields, "revision", "sequence", "revised_at"],
    )


def deviation_sentences(event: AppointmentEvent) -> list[str]:
    """Return what the change left outside a window, as it was told then."""
    return [str(found["sentence"]) for found in event.details.get("deviations", ())]


def span_details(appointment: Appointment) -> dict[str, object]:
    """Return where and when the appointment is, as history keeps it."""
    return {
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "site": appointment.site.code,
    }
