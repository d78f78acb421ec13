"""Calendar subscriptions at unguessable addresses."""

import uuid

from django.db import models
from django.db.models import F, Q

from courses.models import Clinician


class CalendarFeed(models.Model):
    """One clinician's subscribed calendar. Only the token's hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinician = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, related_name="calendar_feeds"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_fetched_at = models.DateTimeField(null=True, blank=True)
    last_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("clinician", "-created_at")
        constraints = (
            models.UniqueConstraint(
                fields=("clinician",),
                name="clinician_has_one_open_feed",
                condition=Q(revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="feed_is_revoked_after_it_was_made",
                condition=Q(revoked_at__isnull=True)
                | Q(revoked_at__gte=F("created_at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.clinician}"
