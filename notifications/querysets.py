"""The questions that the outbox is asked, as chainable querysets."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    pass

IN_HAND = ("leased", "handing_over")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def planned(self) -> Self:
        """Return messages that are still to be sent and in nobody's hands."""
        return self.filter(status="planned")

    def due(self, now: datetime) -> Self:
        """Return planned messages whose time has come, in the order of sending.

        Messages about one appointment reach one mailbox in order, so a row waits
        while an earlier one is in somebody's hands.
        """
        in_hand = self.model._default_manager.filter(
            appointment_id=OuterRef("appointment_id"),
            recipient=OuterRef("recipient"),
            status__in=IN_HAND,
        )
        due = self.planned().filter(~Exists(in_hand), due_at__lte=now)
        return due.order_by("due_at", "sequence", "id")

    def abandoned(self, now: datetime) -> Self:
        """Return messages whose holder has not come back in time."""
        return self.filter(status__in=IN_HAND, lease_until__lte=now)

    def outdated(self) -> Self:
        """Return planned messages about a revision that is no longer the last."""
        return self.planned().exclude(revision=models.F("appointment__revision"))

    def unsure(self) -> Self:
        """Return messages that may have left twice or not at all."""
        return self.filter(Q(status="unknown") | Q(unsure_hand_overs__gt=0))
