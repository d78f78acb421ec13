"""Which events have been read. Each has its own mark: events do not commit in order."""

from django.db import models

from scheduler.models import AppointmentEvent


class EventRead(models.Model):
    """An event that has been turned into the messages it owes."""

    event = models.OneToOneField(
        AppointmentEvent, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    read_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "events read"

    def __str__(self) -> str:
        return f"{self.event_id}"


class EventFloor(models.Model):
    """Events up to this one need not be looked at again.

    The floor stays far below the newest event that was read, so that a slow
    transaction which commits an older number late is still found.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    event_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.event_id}"
