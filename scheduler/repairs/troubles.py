"""What keeps visits from staying where they are, and which visits it hits."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db.models import F

from courses.models import Capability
from courses.rules.days import FAR_DAYS
from scheduler.models import Appointment, Claim, Closure, Resource, Site
from scheduler.planning.calendar import (
    Calendars,
    ResourceCalendar,
    Span,
    ValidDays,
)
from scheduler.planning.timeline import DAY, first_instant_at
from scheduler.rules import LIVE_STATUSES

# Whatever has no end lasts as long as anything is planned ahead.
NO_END = timedelta(days=FAR_DAYS)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A resource or the whole site is out for a time, or lacks a capability then.

    It needn't have been entered anywhere: the plans keep out of its way all the same.
    """

    site: Site
    starts_at: datetime
    ends_at: datetime
    resource: Resource | None = None
    capability: Capability | None = None

    @classmethod
    def of_closure(cls, closure: Closure, site: Site) -> Self:
        """Return what a closure means at one of the sites where it may hit visits."""
        return cls(site, closure.starts_at, closure.ends_at, closure.resource)

    @classmethod
    def of_lost_capability(
        cls,
        capability: Capability,
        resource: Resource,
        site: Site,
        *,
        from_on: date,
        now: datetime,
    ) -> Self:
        """Return what it means that the resource lacks it from that day on."""
        begins = first_instant_at(site.zone, from_on, time.min)
        return cls(site, begins, max(begins, now) + NO_END, resource, capability)

    def hits(self, now: datetime) -> list[Appointment]:
        """Return the visits not over yet that can't stay, in the order of time."""
        claims = (
            Claim.objects.live()
            .overlapping(self.starts_at, self.ends_at)
            .filter(appointment__site=self.site)
        )
        if self.resource is not None:
            claims = claims.filter(resource=self.resource)
        if self.capability is not None:
            claims = claims.filter(
                appointment__session__visit_type__needs__party=F("party"),
                appointment__session__visit_type__needs__capability=self.capability,
            )
        hit = Appointment.objects.filter(
            pk__in=claims.values("appointment"), ends_at__gt=now
        ).filter(status__in=set(LIVE_STATUSES) - {Appointment.Status.COMPLETED})
        related = hit.select_related("session", "site", "patient")
        return list(related.order_by("starts_at", "pk"))

    def applied_to(self, calendars: Calendars) -> Calendars:
        """Return the calendars as they are once it has come true."""
        resources = tuple(
            self._changed(resource, calendars.zone)
            if self.resource is None or self.resource.pk == resource.resource_id
            else resource
            for resource in calendars.resources
        )
        return calendars.with_resources(resources, calendars.patient_busy)

    def _changed(self, resource: ResourceCalendar, zone: ZoneInfo) -> ResourceCalendar:
        if self.capability is None:
            out = Span(self.starts_at, self.ends_at)
            there = resource.elsewhere
            if self.resource is not None:
                # Who is away is away everywhere; a closed site leaves the others open.
                there = {
                    site: at._replace(closed=(*at.closed, out))
                    for site, at in there.items()
                }
            return replace(resource, closed=(*resource.closed, out), elsewhere=there)
        code = self.capability.code
        first = self.starts_at.astimezone(zone).date()
        last = (self.ends_at - DAY).astimezone(zone).date()
        valid = tuple(
            part
            for days in resource.capabilities.get(code, ())
            for part in _without(days, first, last)
        )
        return replace(resource, capabilities={**resource.capabilities, code: valid})


def _without(days: ValidDays, first: date, last: date) -> list[ValidDays]:
    """Return what is left of the days before the first and after the last."""
    before = ValidDays(days.first, min(days.last or first - DAY, first - DAY))
    after = ValidDays(max(days.first or last + DAY, last + DAY), days.last)
    return [
        part
        for part in (before, after)
        if part.first is None or part.last is None or part.first <= part.last
    ]


def sites_hit(closure: Closure, now: datetime) -> list[Site]:
    """Return the sites at which the closure hits visits."""
    sites = [closure.site] if closure.site else list(Site.objects.all())
    return [site for site in sites if Trouble.of_closure(closure, site).hits(now)]
