"""The next free times for one session, inside its windows, spread over each day."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from courses.models import Session
from courses.rules.shapes import Placement
from courses.shapes import course_shape
from scheduler.availability import free_starts
from scheduler.models import Site
from scheduler.placements import new_deviations, placements_of
from scheduler.site_clock import on_clock

DAYS_LOOKED_AT = 14
MOST_ON_A_DAY = 3
APART = timedelta(hours=2)
MOST_OFFERED = 12


@dataclass(frozen=True)
class Offer:
    """A free time that one click takes."""

    site: Site
    local: datetime


def next_offers(
    *,
    session: Session,
    site: Site,
    from_on: date,
    ignoring_appointments: Collection[UUID] = (),
    now: datetime,
) -> list[Offer]:
    """Return free times from that day on that break no hard window."""
    if not session.visit_type.is_placed:
        return []
    first = max(from_on, on_clock(now, site.zone).date())
    slots = free_starts(
        visit_type=session.visit_type,
        site=site,
        from_on=first,
        until_on=first + timedelta(days=DAYS_LOOKED_AT),
        patient=session.course.patient,
        ignoring_appointments=ignoring_appointments,
        now=now,
    )
    shape, before = course_shape(session.course), placements_of(session.course_id)
    key = str(session.pk)
    before.pop(key, None)
    offers: list[Offer] = []
    offered_on: Counter[date] = Counter()
    next_at = now
    for slot in slots:
        local = on_clock(slot.starts_at, site.zone)
        if slot.starts_at < next_at or offered_on[local.date()] >= MOST_ON_A_DAY:
            continue
        here = Placement(slot.starts_at, slot.ends_at, site.zone)
        broken = new_deviations(shape, before, {**before, key: here})
        if not any(deviation.is_hard for deviation in broken):
            offered_on[local.date()] += 1
            offers.append(Offer(site, local))
            next_at = slot.starts_at + APART
        if len(offers) >= MOST_OFFERED:
            break
    return offers
