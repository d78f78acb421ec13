"""From the database to calendars, and from calendars to free start times.

Free time is computed, never stored, and by the same rules that a booking is checked
with. A working hour that the clock skips begins when the clock jumps; one that it
repeats means the first pass, for opening and closing alike.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID

from courses.models import Patient, VisitType
from scheduler.calendar_rows import (
    PATIENT,
    NeedRow,
    ResourceRow,
    TakenRow,
    TakenTime,
    need_rows,
    resource_rows,
    taken_time,
)
from scheduler.course_sites import facts_of_site
from scheduler.locks import lock_resources
from scheduler.models import Site
from scheduler.opening_hours import OpeningHours
from scheduler.planning.calendar import (
    Calendars,
    Fit,
    Need,
    Opening,
    ResourceCalendar,
    SiteFacts,
    Span,
    Stay,
    ValidDays,
    Visit,
)
from scheduler.planning.fitting import fit_visit
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.staffing import ANYBODY, Keeping
from scheduler.planning.starts import free_start_bits
from scheduler.planning.timeline import DAY, Timeline, first_instant_at

INSTANT = timedelta(microseconds=1)

# What the continuity of a need means: which group it keeps, or keeps apart from.
_KEPT = {"therapist": "therapist", "prescriber": "prescriber"}
_APART = {"other": "therapist"}


@dataclass(frozen=True)
class Slot:
    """A start time that is free, and on demand who would serve it."""

    starts_at: datetime
    ends_at: datetime
    visit: Visit = field(repr=False)
    fixed: Mapping[str, UUID] = field(repr=False)
    free: FreeTimes = field(repr=False, compare=False)
    keeping: Keeping = field(default=ANYBODY, repr=False)

    @cached_property
    def fit(self) -> Fit:
        """Return the claims that a booking of this slot would make."""
        calendars = self.free.calendars
        fit = fit_visit(
            visit=self.visit,
            starts_at=self.starts_at,
            zone=calendars.zone,
            calendars=calendars,
            fixed=self.fixed,
            free_times=self.free,
            keeping=self.keeping,
        )
        if not isinstance(fit, Fit):
            raise AssertionError("Search and fitting disagree.")
        return fit


def read_visits(visit_type_ids: Collection[int]) -> dict[int, Visit]:
    """Return what each of these visit types needs, as the planner sees it."""
    return visits_of(need_rows(visit_type_ids))


def visits_of(rows: Iterable[NeedRow]) -> dict[int, Visit]:
    """Return what the rows say, by visit type."""
    needs: dict[int, list[Need]] = defaultdict(list)
    visits: dict[int, Visit] = {}
    for row in rows:
        if row.party is not None:
            needs[row.visit_type_id].append(
                Need(
                    party=row.party,
                    capability=row.capability or "",
                    starts_after=row.starts_after or 0,
                    minutes=row.minutes or 0,
                    units=row.units or 1,
                    continuity=_KEPT.get(row.continuity or "", ""),
                    apart_from=_APART.get(row.continuity or "", ""),
                )
            )
        visits[row.visit_type_id] = Visit(
            key=str(row.visit_type_id),
            label=row.name,
            kind=row.kind,
            patient_minutes=row.patient_minutes or 0,
            needs=tuple(needs[row.visit_type_id]),
            is_remote=row.is_remote,
        )
    return visits


def visit_of(visit_type: VisitType) -> Visit:
    """Return what one visit type needs, as the planner sees it."""
    return read_visits([visit_type.pk])[visit_type.pk]


def read_calendars(
    *,
    site: Site,
    elsewhere: Collection[Site] = (),
    from_at: datetime,
    until_at: datetime,
    resource_ids: Collection[UUID] | None = None,
    visits: Iterable[Visit] | None = None,
    patient: Patient | None = None,
    ignoring_appointments: Collection[UUID] = (),
    to_book: bool = False,
) -> Calendars:
    """Return who is free at the site on the local days that the range touches.

    And at the sites `elsewhere`, which keep the same clocks. Two queries. With
    `visits`, only resources that could serve them are read; with `patient`, the
    patient's own live appointments count as taken. With `to_book` nobody else places
    anything on these resources until the transaction ends.
    """
    zone = site.zone
    first_on = from_at.astimezone(zone).date()
    last_on = max(first_on, (until_at - INSTANT).astimezone(zone).date())
    return calendars_of(
        list(resource_rows([one.pk for one in (site, *elsewhere)], resource_ids)),
        site=site,
        elsewhere=elsewhere,
        first_on=first_on,
        last_on=last_on,
        visits=visits,
        patient_id=patient.pk if patient else None,
        ignoring_appointments=ignoring_appointments,
        to_book=to_book,
    )


def calendars_of(
    rows: Sequence[ResourceRow],
    *,
    site: Site,
    elsewhere: Collection[Site] = (),
    first_on: date,
    last_on: date,
    visits: Iterable[Visit] | None,
    patient_id: UUID | None,
    ignoring_appointments: Collection[UUID] = (),
    to_book: bool = False,
) -> Calendars:
    """Return the same for resources that are read already; one query."""
    zone = site.zone
    wanted = _wanted(rows, visits)
    if to_book:
        # As late as possible, since others wait: only what is taken is read after it.
        lock_resources(wanted)
    taken = taken_time(
        site_ids=[one.pk for one in (site, *elsewhere)],
        resource_ids=wanted,
        from_at=first_instant_at(zone, first_on, time.min),
        until_at=first_instant_at(zone, last_on + DAY, time.min),
        patient_id=patient_id,
        ignoring=ignoring_appointments,
    )
    reading = _Reading(Timeline(zone, first_on, last_on), taken, site, elsewhere)
    return Calendars(
        zone=zone,
        first_on=first_on,
        last_on=last_on,
        resources=reading.resources(row for row in rows if row.resource_id in wanted),
        grid_minutes=site.grid_minutes,
        patient_busy=tuple(reading.patient),
        site=site.code,
        sites=reading.sites,
        capability_names={r.capability: r.capability_name for r in rows},
    )


def _wanted(rows: Sequence[ResourceRow], visits: Iterable[Visit] | None) -> set[UUID]:
    if visits is None:
        return {row.resource_id for row in rows}
    asked = {need.capability for visit in visits for need in visit.needs}
    return {row.resource_id for row in rows if row.capability in asked}


class _Reading:
    """Rows of several resources on their way to calendars."""

    def __init__(
        self, line: Timeline, taken: TakenTime, site: Site, elsewhere: Collection[Site]
    ) -> None:
        self.hours = OpeningHours(line)
        self.claims = taken.claims
        self.site = site
        self.elsewhere = elsewhere
        self.sites = {one.code: facts_of_site(one) for one in (site, *elsewhere)}
        # By resource, or by the id of a whole site.
        self.closed: dict[UUID | str, list[Span]] = defaultdict(list)
        self.patient: list[Stay] = []
        for row in taken.rows:
            if row.kind == PATIENT:
                self.patient.append(self._stay(row))
            else:
                span = Span(row.starts_at, row.ends_at)
                self.closed[row.resource_id or row.place].append(span)

    def _stay(self, row: TakenRow) -> Stay:
        if not row.place:
            return Stay(row.starts_at, row.ends_at)
        code, minutes, name = row.place.split(" ", 2)
        # Nothing is placed there, so its own grid doesn't matter.
        facts = SiteFacts(name, self.site.grid_minutes, int(minutes))
        self.sites.setdefault(code, facts)
        return Stay(row.starts_at, row.ends_at, code)

    def resources(self, rows: Iterable[ResourceRow]) -> tuple[ResourceCalendar, ...]:
        """Return each resource's calendar, in the order of their names."""
        grouped: dict[UUID, list[ResourceRow]] = defaultdict(list)
        for row in rows:
            grouped[row.resource_id].append(row)
        read = self._at_all_sites if self.elsewhere else self._calendar
        calendars = (read(group) for group in grouped.values())
        return tuple(sorted(calendars, key=lambda c: (c.name, c.resource_id)))

    def _calendar(
        self, rows: list[ResourceRow], here: list[ResourceRow] | None = None
    ) -> ResourceCalendar:
        first = rows[0]
        skills: dict[str, tuple[ValidDays, ...]] = {}
        for row in rows:
            if row.capability:
                days = ValidDays(row.first, row.last)
                skills[row.capability] = (*skills.get(row.capability, ()), days)
        return ResourceCalendar(
            resource_id=first.resource_id,
            name=first.name,
            kind=first.kind,
            capacity=first.capacity,
            capabilities=skills,
            open=self.hours.of(rows if here is None else here),
            closed=self._closed(first.resource_id, self.site),
            busy=self.claims.get(first.resource_id, ()),
        )

    def _closed(self, resource_id: UUID, site: Site) -> tuple[Span, ...]:
        return (*self.closed[resource_id], *self.closed[str(site.pk)])

    def _at_all_sites(self, rows: list[ResourceRow]) -> ResourceCalendar:
        """Return a resource's calendar with its hours at each of several sites."""
        there = {row.site_id for row in rows}
        here = [row for row in rows if row.site_id == self.site.pk]
        made = self._calendar(rows, here)
        openings = {
            site.code: Opening(
                self.hours.of(row for row in rows if row.site_id == site.pk),
                self._closed(made.resource_id, site),
            )
            for site in self.elsewhere
            if site.pk in there
        }
        return replace(made, elsewhere=openings, is_here=self.site.pk in there)


def free_starts(
    *,
    visit_type: VisitType,
    site: Site,
    from_on: date,
    until_on: date,
    fixed: Mapping[str, UUID] | None = None,
    keeping: Keeping = ANYBODY,
    patient: Patient | None = None,
    ignoring_appointments: Collection[UUID] = (),
    now: datetime,
) -> tuple[Slot, ...]:
    """Return every free start from one local day to another, both included.

    Three queries. `fixed` names the resource that must serve a party, `keeping` whose
    people the visit is with, and whom it must do without. Starts before
    `now` and times at which the patient has another appointment are left out.
    """
    visit = visit_of(visit_type)
    calendars = read_calendars(
        site=site,
        from_at=first_instant_at(site.zone, from_on, time.min),
        until_at=first_instant_at(site.zone, until_on + DAY, time.min),
        visits=[visit],
        patient=patient,
        ignoring_appointments=ignoring_appointments,
    )
    free = FreeTimes(calendars)
    bits = free_start_bits(free, visit, fixed or {}, keeping)
    past = max(free.timeline.ceil(now), 0)
    stay = timedelta(minutes=visit.patient_minutes)
    starts = (free.timeline.instant(m) for m in set_bits(bits >> past << past))
    return tuple(
        Slot(starts_at, starts_at + stay, visit, fixed or {}, free, keeping)
        for starts_at in starts
    )
