"""The questions that the calendar is asked, as chainable querysets."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

from scheduler.rules import LIVE_STATUSES

if TYPE_CHECKING:
    # The linter doesn't see a name in quotes as a use.
    from scheduler.models import (  # noqa: F401
        Appointment,
        Claim,
        Resource,
    )


class ResourceQuerySet(models.QuerySet["Resource"]):
    def active(self) -> Self:
        """Return resources that new appointments may claim."""
        return self.filter(is_active=True)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def live(self) -> Self:
        """Return appointments that hold their time."""
        return self.filter(status__in=LIVE_STATUSES)

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Return appointments that share an instant with the half-open span."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)

    def lapsed_holds(self, now: datetime) -> Self:
        """Return holds whose time to be confirmed is over."""
        return self.filter(status="held", hold_expires_at__lte=now)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def live(self) -> Self:
        """Return claims that keep their unit from others."""
        return self.filter(is_live=True)

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Return claims that share an instant with the half-open span."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
