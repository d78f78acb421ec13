"""Whether the clinic could ever hold a visit, its calendar left aside.

Asked of the very function that a booking asks, about days on which everybody works
around the clock and nothing is booked: all parties at once, each by a resource of its
own with enough units.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from itertools import chain, combinations

from courses.errors import Refusal
from courses.models import Capability
from scheduler.availability import read_visits
from scheduler.errors import NoResourceCanServe
from scheduler.models import Resource, Site
from scheduler.planning.calendar import (
    Calendars,
    Fit,
    ResourceCalendar,
    Span,
    ValidDays,
    Visit,
)
from scheduler.planning.fitting import fit_visit
from scheduler.planning.timeline import DAY, MINUTE, first_instant_at

Group = tuple[str, ...]

ALWAYS = (ValidDays(None, None),)


def refuse_unserved(
    visit_type_ids: Collection[int], *, now: datetime
) -> tuple[Refusal, ...]:
    """Return a refusal for each visit type that no site can serve.

    Who is inactive, or whose hours or credentials are all over, counts for nothing.
    """
    visits = read_visits(visit_type_ids).values()
    days = 2 + max((visit.reach for visit in visits), default=0) * MINUTE // DAY
    sites = [
        _always_open(site, resources, now, days)
        for site, resources in _resources_by_site(now).items()
    ]
    names = dict(Capability.objects.values_list("code", "name"))
    return tuple(
        _refusal(visit, sites, names)
        for visit in visits
        if not any(_can_serve(site, visit) for site in sites)
    )


def _resources_by_site(now: datetime) -> Mapping[Site, list[Resource]]:
    by_site: dict[Site, list[Resource]] = defaultdict(list)
    resources = Resource.objects.active().prefetch_related(
        "capabilities", "clinician__credentials__capability", "working_hours__site"
    )
    for resource in resources:
        open_at = {
            hours.site
            for hours in resource.working_hours.all()
            if _lasts(hours.valid_until, hours.site, now)
        }
        for site in open_at:
            by_site[site].append(resource)
    return by_site


def _lasts(until: date | None, site: Site, now: datetime) -> bool:
    return until is None or until >= now.astimezone(site.zone).date()


def _always_open(
    site: Site, resources: Iterable[Resource], now: datetime, days: int
) -> Calendars:
    first_on = now.astimezone(site.zone).date()
    last_on = first_on + DAY * (days - 1)
    whole = Span(
        first_instant_at(site.zone, first_on, time.min),
        first_instant_at(site.zone, last_on + DAY, time.min),
    )
    return Calendars(
        zone=site.zone,
        first_on=first_on,
        last_on=last_on,
        resources=tuple(
            ResourceCalendar(
                resource_id=resource.pk,
                name=resource.name,
                kind=resource.kind,
                capacity=resource.capacity,
                capabilities=dict.fromkeys(_codes(resource, site, now), ALWAYS),
                open=(whole,),
            )
            for resource in resources
        ),
    )


def _codes(resource: Resource, site: Site, now: datetime) -> set[str]:
    codes = {capability.code for capability in resource.capabilities.all()}
    if resource.clinician is not None:
        codes |= {
            credential.capability.code
            for credential in resource.clinician.credentials.all()
            if _lasts(credential.valid_until, site, now)
        }
    return codes


def _can_serve(site: Calendars, visit: Visit) -> bool:
    answer = fit_visit(
        visit=visit,
        starts_at=site.timeline.starts_at,
        zone=site.zone,
        calendars=site,
        fixed={},
    )
    return isinstance(answer, Fit)


def _unserved(site: Calendars, visit: Visit) -> tuple[Group, ...]:
    """Return the smallest groups of parties that the site can't serve at once."""
    parties = [party for party, _ in visit.parties]
    for size in range(1, len(parties) + 1):
        groups = tuple(
            group
            for group in combinations(parties, size)
            if not _can_serve(site, _part(visit, group))
        )
        if groups:
            return groups
    return ()


def _part(visit: Visit, parties: Group) -> Visit:
    needs = tuple(need for need in visit.needs if need.party in parties)
    return replace(visit, needs=needs)


def _refusal(visit: Visit, sites: list[Calendars], names: Mapping[str, str]) -> Refusal:
    """Say what the site that is nearest to serving the visit lacks."""
    # A site where only the same one would be needed twice is nearer than one where
    # nobody is able at all.
    unserved = min(
        (_unserved(site, visit) for site in sites),
        key=lambda groups: (-len(groups[0]), len(groups)),
        default=tuple((party,) for party, _ in visit.parties),
    )
    wanted = [_skills(_part(visit, group), names) for group in unserved]
    if not unserved or len(unserved[0]) == 1:
        lacking = " and ".join(sorted({*chain(*wanted)})) or "working hours"
        sentence = (
            f"No site can serve {visit.label}: it lacks {lacking}. Add a resource with "
            "that capability, enough units and working hours."
        )
    else:
        parties = " and ".join(party.replace("-", " ") for party in unserved[0])
        sentence = (
            f"No site can serve {visit.label}: it needs {parties} at once, each "
            f"somebody or something else, and too few have {' or '.join(wanted[0])}. "
            "Add another resource with that capability, enough units and working hours."
        )
    return Refusal(rule=NoResourceCanServe.rule, sentence=sentence, session=visit.label)


def _skills(visit: Visit, names: Mapping[str, str]) -> list[str]:
    codes = dict.fromkeys(need.capability for need in visit.needs)
    return [names[code] for code in codes]
