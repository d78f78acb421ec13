"""The one answer to "can this visit be held at this time, and by whom".

Search, planner, drag-and-drop and commit all ask here, so that what is offered is what
can be booked. A visit's parties are met by different resources; among several ways
to staff it, the one that keeps versatile people and rooms free for others wins.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.errors import Refusal
from scheduler.planning.calendar import Calendars, Fit, PlannedClaim, Visit
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.refusing import refusals_of
from scheduler.planning.staffing import (
    ANYBODY,
    NOBODY,
    Keeping,
    Rather,
    Staffing,
    cheapest_staffing,
    patient_is_free,
)


def fit_visit(
    *,
    visit: Visit,
    starts_at: datetime,
    zone: ZoneInfo,
    calendars: Calendars,
    fixed: Mapping[str, UUID],
    free_times: FreeTimes | None = None,
    keeping: Keeping = ANYBODY,
    rather: Rather = NOBODY,
) -> Fit | tuple[Refusal, ...]:
    """Return how the visit can be held at this start, or every reason why not.

    `fixed` names the resource that must serve a party, `keeping` whom the course
    would like to keep, `rather` who serves the visit already. The patient's other
    times in `calendars.patient_busy` count. Nothing outside the read days is ever free.
    Hours are those of the visit's own site.
    """
    if zone.key != calendars.zone.key:
        raise ValueError(f"These calendars are kept in {calendars.zone.key}.")
    calendars = calendars.at(visit.site)
    free = free_times.at(visit.site) if free_times else FreeTimes(calendars)
    begin = free.timeline.floor(starts_at)
    if free.timeline.instant(begin) != starts_at:
        raise ValueError("A visit begins on a whole minute.")
    if patient_is_free(free, visit, begin):
        chosen = cheapest_staffing(free, visit, begin, fixed, keeping, rather)
        if chosen is not None:
            return _fit(free, visit, begin, chosen)
    # Reasons look at single minutes.
    return refusals_of(FreeTimes(calendars), visit, begin, fixed, keeping)


def _fit(free: FreeTimes, visit: Visit, begin: int, staffing: Staffing) -> Fit:
    line = free.timeline
    claims = tuple(
        PlannedClaim(
            party=party,
            resource_id=resource_id,
            unit=unit,
            starts_at=line.instant(begin + need.starts_after),
            ends_at=line.instant(begin + need.starts_after + need.minutes),
        )
        for party, resource_id, given in staffing
        for need, units in given
        for unit in units
    )
    ends_at = line.instant(begin + visit.patient_minutes)
    return Fit(starts_at=line.instant(begin), ends_at=ends_at, claims=claims)
