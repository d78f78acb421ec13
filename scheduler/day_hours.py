"""When the columns of a day take no visits, and why.

Hours come from the very calendars that bookings are checked with.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from scheduler.availability import read_calendars
from scheduler.models import Closure, Resource, Site
from scheduler.planning.calendar import Span
from scheduler.planning.timeline import first_instant_at
from scheduler.site_clock import on_clock


@dataclass(frozen=True, slots=True)
class SiteClosure:
    """A part of the day on which the site takes no visits, on its clock."""

    reason: str
    starts: datetime
    ends: datetime
    is_all_day: bool


@dataclass(frozen=True, slots=True)
class DayHours:
    """The openings of a day's columns, and the times in which they are shut."""

    whole_day: Span
    open: dict[UUID, Sequence[Span]]
    closures: tuple[Closure, ...]

    def outside(self, resource: Resource) -> Iterator[Span]:
        """Yield the times that are outside working hours and not closed anyway."""
        shut_from, day_ends = self.whole_day
        closed = [span for span, _ in self.closed(resource)]
        for begins, ends in sorted([*self.open.get(resource.pk, ()), *closed]):
            if shut_from < begins:
                yield Span(shut_from, begins)
            shut_from = max(shut_from, ends)
        if shut_from < day_ends:
            yield Span(shut_from, day_ends)

    def closed(self, resource: Resource) -> Iterator[tuple[Span, str]]:
        """Yield when the resource, or its whole site, is closed, and why."""
        for closure in self.closures:
            if closure.resource_id in (None, resource.pk):
                yield clipped(closure, self.whole_day), closure.reason


def day_span(site: Site, day: date) -> Span:
    """Return the instants between which it is this day at the site."""
    midnight = datetime.min.time()
    return Span(
        first_instant_at(site.zone, day, midnight),
        first_instant_at(site.zone, day + timedelta(days=1), midnight),
    )


def read_day_hours(
    site: Site, whole_day: Span, closures: Iterable[Closure]
) -> DayHours:
    """Return the openings at the site on that day (two queries)."""
    calendars = read_calendars(
        site=site, from_at=whole_day.starts_at, until_at=whole_day.ends_at
    )
    return DayHours(
        whole_day=whole_day,
        open={row.resource_id: row.open for row in calendars.resources},
        closures=tuple(closures),
    )


def closures_on(
    site: Site, whole_day: Span, resources: Collection[Resource]
) -> tuple[Closure, ...]:
    """Return what closes the site or one of the resources on that day (one query)."""
    return tuple(
        Closure.objects.filter(
            Q(site=site) | Q(resource__in=[resource.pk for resource in resources]),
            starts_at__lt=whole_day.ends_at,
            ends_at__gt=whole_day.starts_at,
        ).order_by("starts_at", "pk")
    )


def site_closures(
    site: Site, day: date, closures: Iterable[Closure]
) -> list[SiteClosure]:
    """Return those of the closures that are the whole site's."""
    whole_day = day_span(site, day)
    return [
        SiteClosure(
            reason=closure.reason,
            starts=on_clock(span.starts_at, site.zone),
            ends=on_clock(span.ends_at, site.zone),
            is_all_day=span == whole_day,
        )
        for closure in closures
        if closure.site_id is not None
        for span in [clipped(closure, whole_day)]
    ]


def clipped(closure: Closure, whole_day: Span) -> Span:
    """Return the part of the closure that falls on the day."""
    return Span(
        max(closure.starts_at, whole_day.starts_at),
        min(closure.ends_at, whole_day.ends_at),
    )
