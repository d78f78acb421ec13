"""New times for many courses, found so far and not yet agreed to."""

import uuid

from django.conf import settings
from django.db import models

from courses.models import Capability, Protocol
from scheduler.models.resource import Closure, Resource
from scheduler.models.site import Site


class Proposal(models.Model):
    """What a search for new times has found, kept until somebody accepts or leaves it.

    A draft: nothing is booked by it, and it goes after a day. Either a time at which a
    resource or the site is out, or courses that wait to be planned.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE)
    closure = models.ForeignKey(
        Closure, on_delete=models.SET_NULL, null=True, blank=True
    )
    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, null=True, blank=True
    )
    capability = models.ForeignKey(
        Capability, on_delete=models.CASCADE, null=True, blank=True
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    course_ids = models.JSONField(default=list, blank=True)
    protocol = models.ForeignKey(
        Protocol, on_delete=models.CASCADE, null=True, blank=True
    )
    start_on = models.DateField(null=True, blank=True)
    plans = models.JSONField(default=dict, blank=True)
    # What each course would have at best, as long as the calendar is this one.
    alone = models.JSONField(default=dict, blank=True)
    calendar_seen = models.CharField(max_length=64, blank=True)
    first_found = models.JSONField(default=dict, blank=True)
    steps = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    is_over = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("created_at",), name="proposal_by_age"),)

    def __str__(self) -> str:
        return f"New times at {self.site}"
