"""Problems at two sites made at random, and what a site changes, said a second time.

Shares nothing with the planner but the plain values of calendars and visits.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from scheduler.planning.calendar import (
    Opening,
    ResourceCalendar,
    SiteFacts,
    Span,
    Stay,
    Visit,
)
from scheduler.planning.problem import CourseProblem

HERE, THERE, FAR = "here", "there", "far"
MINUTE = timedelta(minutes=1)


def with_two_sites(
    random: Random, problem: CourseProblem, grids: tuple[int, ...] = (60,)
) -> CourseProblem:
    """The same problem with some of its visits, people and things at another site.

    The patient has been at a third one. Who is at both keeps other hours at each.
    """
    calendars = problem.calendars
    sites = {
        code: SiteFacts(
            f"Site {code}", random.choice(grids), random.choice((0, 30, 45, 60))
        )
        for code in (THERE, FAR)
    }
    sites[HERE] = SiteFacts(
        "Site here", calendars.grid_minutes, random.choice((0, 20, 30))
    )
    return replace(
        problem,
        calendars=replace(
            calendars,
            site=HERE,
            sites=sites,
            resources=tuple(_placed(random, one) for one in calendars.resources),
            patient_busy=tuple(
                Stay(stay.starts_at, stay.ends_at, random.choice(("", *sites)))
                for stay in calendars.patient_busy
            ),
        ),
        visits={
            key: replace(visit, site=random.choice(("", HERE, THERE)))
            for key, visit in problem.visits.items()
        },
    )


def _placed(random: Random, resource: ResourceCalendar) -> ResourceCalendar:
    at = random.choice(("here", "there", "both", "both", "both", "both"))
    if at == "here":
        return resource
    closed = tuple(span for span in resource.closed if random.random() < 0.5)
    if at == "there":
        there = Opening(resource.open, closed)
        return replace(
            resource, open=(), closed=(), is_here=False, elsewhere={THERE: there}
        )
    # Some days or hours at one site, some at the other, some at both.
    open_ = [(span, random.random()) for span in resource.open]
    return replace(
        resource,
        open=tuple(span for span, share in open_ if share < 0.8),
        elsewhere={
            THERE: Opening(
                tuple(
                    Span(span.starts_at, span.ends_at + timedelta(hours=1))
                    for span, share in open_
                    if share > 0.2
                ),
                closed,
            )
        },
    )


def site_of(problem: CourseProblem, visit: Visit) -> str:
    """The site where a visit is held."""
    return visit.site or problem.calendars.site


def patient_at(problem: CourseProblem, key: str) -> str:
    """The site where the patient is for a session; none for what is done from home."""
    visit = problem.visits.get(key)
    if visit is None:
        return problem.calendars.site
    return "" if visit.is_remote else site_of(problem, visit)


def grid_of(problem: CourseProblem, visit: Visit) -> int:
    """The minutes between two starts at the site of a visit."""
    calendars, site = problem.calendars, site_of(problem, visit)
    if site == calendars.site:
        return calendars.grid_minutes
    return calendars.sites[site].grid_minutes


def resources_at(problem: CourseProblem, visit: Visit) -> tuple[ResourceCalendar, ...]:
    """Who and what is at the site of a visit, with the hours that they have there."""
    site, found = site_of(problem, visit), []
    for resource in problem.calendars.resources:
        if site == problem.calendars.site:
            found += [resource] if resource.is_here else []
        elif site in resource.elsewhere:
            hours = resource.elsewhere[site]
            found.append(replace(resource, open=hours.open, closed=hours.closed))
    return tuple(found)


def minutes_between(problem: CourseProblem, one: str, other: str) -> int:
    """What the patient needs from one place to another: the larger of the two."""
    sites = problem.calendars.sites
    if "" in (one, other) or one == other:
        return 0
    return max(
        sites[one].travel_minutes if one in sites else 0,
        sites[other].travel_minutes if other in sites else 0,
    )


def is_reached(problem: CourseProblem, one: Stay, other: Stay) -> bool:
    """Whether the patient can be at both: not at once, and in time on one day."""
    if one.starts_at > other.starts_at:
        one, other = other, one
    if one.ends_at > other.starts_at:
        return False
    zone = problem.calendars.zone
    if _days(one, zone).isdisjoint(_days(other, zone)):
        return True
    way = minutes_between(problem, one.site, other.site)
    return other.starts_at - one.ends_at >= way * MINUTE


def _days(stay: Stay, zone: ZoneInfo) -> set[date]:
    return {at.astimezone(zone).date() for at in _instants(stay)}


def _instants(stay: Stay) -> Iterator[datetime]:
    at = stay.starts_at
    while at < stay.ends_at:
        yield at
        at += timedelta(hours=1)
    yield stay.ends_at - MINUTE


def stays_of(problem: CourseProblem) -> list[Stay]:
    """Where the patient is anyhow: pinned visits, and everything else."""
    pinned = [
        Stay(pin.starts_at, pin.ends_at, patient_at(problem, key))
        for key, pin in problem.pinned.items()
    ]
    return [*pinned, *problem.calendars.patient_busy]
