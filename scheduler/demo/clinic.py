"""Puts the roster into the tables: sites, people, things, hours and closures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from courses.actors import Actor
from courses.models import Capability, Clinician, Credential
from scheduler.actions.close_time import close_time
from scheduler.demo.roster import (
    DAYTIME,
    PEOPLE,
    SITES,
    THINGS,
    ZONES,
    PersonSheet,
    Shift,
    SiteSheet,
)
from scheduler.models import Resource, Site, WorkingHours
from scheduler.planning.timeline import first_instant_at

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clinic:
    """One demo clinic: its sites by code, its people by their names on the roster."""

    sites: dict[str, Site]
    people: dict[str, Resource]
    clinicians: dict[str, Clinician]


def zones_at(now: datetime) -> dict[str, str]:
    """Return each site's time zone: where it is day now, so that the board is busy."""
    opens, closes = DAYTIME
    for zones in ZONES:
        if opens <= now.astimezone(ZoneInfo(zones[0])).time() < closes:
            break
    return dict(zip((sheet.code for sheet in SITES), zones, strict=True))


def build_clinic(number: int, *, now: datetime) -> Clinic:
    """Make the sites, resources and hours of one demo clinic exist.

    A second and further clinic has the same roster under numbered names.
    """
    zones = zones_at(now)
    sites = {sheet.code: _site(sheet, zones[sheet.code], number) for sheet in SITES}
    capabilities = {row.code: row for row in Capability.objects.all()}
    hours: list[WorkingHours] = []
    for thing in THINGS:
        resource = Resource.objects.create(
            kind=thing.kind, name=thing.name, site=sites[thing.site]
        )
        resource.capabilities.add(capabilities[thing.capability])
        hours += _hours(resource, [thing.shift], sites)
    people: dict[str, Resource] = {}
    clinicians: dict[str, Clinician] = {}
    for sheet in PEOPLE:
        clinician = _clinician(sheet, number, capabilities, now.date())
        resource = _person(sheet, clinician, sites[sheet.site])
        clinicians[sheet.name], people[sheet.name] = clinician, resource
        hours += _hours(resource, sheet.shifts, sites)
    WorkingHours.objects.bulk_create(hours)
    return Clinic(sites=sites, people=people, clinicians=clinicians)


def close_what_is_closed(clinic: Clinic, *, actor: Actor, now: datetime) -> None:
    """Make the clinic's holidays and absences known, some weeks ahead.

    Entered before anything is booked, so that no visit stands in their way.
    """
    riverside, westlake = clinic.sites["riverside"], clinic.sites["westlake"]
    today = now.astimezone(riverside.zone).date()

    def closed(
        first: date, days: int, reason: str, *, who: str = "", site: Site | None = None
    ) -> None:
        resource = clinic.people[who] if who else None
        zone = (resource.site if resource else site or riverside).zone
        close_time(
            resource=resource,
            site=site,
            starts_at=first_instant_at(zone, first, time.min),
            ends_at=first_instant_at(zone, first + days * DAY, time.min),
            reason=reason,
            actor=actor,
            now=now,
        )

    closed(today + 19 * DAY, 1, "Founders' day", site=riverside)
    closed(today + 19 * DAY, 1, "Founders' day", site=westlake)
    closed(today - 38 * DAY, 1, "Water works", site=westlake)
    closed(today + 9 * DAY, 2, "Conference", who="Solveig Tran, PhD")
    closed(today - 24 * DAY, 7, "Vacation", who="Tomás Quill, RN")
    closed(today + 4 * DAY, 1, "Training day", who="Harlan Pike, RN")
    noon = first_instant_at(riverside.zone, today + 2 * DAY, time(12))
    close_time(
        resource=clinic.people["Dr. Amara Stone"],
        starts_at=noon,
        ends_at=noon + timedelta(hours=2),
        reason="Staff lunch",
        actor=actor,
        now=now,
    )


def _site(sheet: SiteSheet, time_zone: str, number: int) -> Site:
    return Site.objects.create(
        code=sheet.code if number == 1 else f"{sheet.code}-{number}",
        name=sheet.name if number == 1 else f"{sheet.name} {number}",
        address=sheet.address,
        phone=sheet.phone,
        time_zone=time_zone,
    )


def _clinician(
    sheet: PersonSheet, number: int, capabilities: dict[str, Capability], today: date
) -> Clinician:
    name = sheet.name if number == 1 else f"{sheet.name} ({number})"
    clinician = Clinician.objects.create(display_name=name)
    Credential.objects.bulk_create(
        Credential(
            clinician=clinician,
            capability=capabilities[code],
            valid_from=today - 900 * DAY,
            valid_until=today + 400 * DAY,
        )
        for code in sheet.can
    )
    return clinician


def _person(sheet: PersonSheet, clinician: Clinician, site: Site) -> Resource:
    return Resource.objects.create(
        kind=Resource.Kind.PERSON,
        name=clinician.display_name,
        site=site,
        capacity=sheet.capacity,
        clinician=clinician,
    )


def _hours(
    resource: Resource, shifts: Iterable[Shift], sites: dict[str, Site]
) -> list[WorkingHours]:
    return [
        WorkingHours(
            resource=resource,
            site=sites[shift.site],
            weekday=weekday,
            opens=opens,
            closes=closes,
        )
        for shift in shifts
        for weekday in shift.days
        for opens, closes in _stretches(shift)
    ]


def _stretches(shift: Shift) -> list[tuple[time, time]]:
    if shift.lunch is None:
        return [(shift.opens, shift.closes)]
    return [(shift.opens, shift.lunch[0]), (shift.lunch[1], shift.closes)]
