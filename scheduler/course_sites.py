"""At which site each session of a course is held: asked for, or as it was so far."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from courses.errors import Refusal
from courses.models import Course
from scheduler.models import Appointment, Site
from scheduler.planning.calendar import SiteFacts


class Held(NamedTuple):
    """A session that has a time, and the site where it is held."""

    key: str
    kind: str
    starts_at: datetime
    site: Site


@dataclass(frozen=True)
class CourseSites:
    """The sites of a course: of sessions by their key, of others by their kind.

    Everything else is at the main site.
    """

    main: Site
    by_session: Mapping[str, Site] = field(default_factory=dict)
    by_kind: Mapping[str, Site] = field(default_factory=dict)

    def of(self, key: str, kind: str) -> Site:
        """Return where a session is held, or would be."""
        return self.by_session.get(key) or self.by_kind.get(kind) or self.main

    def elsewhere(self, sessions: Iterable[tuple[str, str]]) -> tuple[Site, ...]:
        """Return the other sites of these sessions that one plan can hold too."""
        found = {site.pk: site for site in (self.of(*one) for one in sessions)}
        return tuple(
            site
            for pk, site in sorted(found.items())
            if pk != self.main.pk and keep_one_clock(site, self.main)
        )


def sites_of(
    main: Site,
    held: Collection[Held],
    *,
    elsewhere: Mapping[str, Site] | None = None,
    at_main: Collection[UUID | None] = (),
) -> CourseSites:
    """Return where the sessions of a course are.

    `elsewhere` says where sessions without a time go, by their kind. Without it they
    go where the last of their kind is. Those in `at_main` go to the main site.
    """
    here = {str(key): main for key in at_main}
    last = {
        one.kind: one.site
        for one in sorted(held, key=lambda one: one.starts_at)
        if keep_one_clock(one.site, main)
    }
    return CourseSites(
        main=main,
        by_session={**{one.key: one.site for one in held}, **here},
        by_kind=last if elsewhere is None else elsewhere,
    )


def last_sites_of(course: Course) -> dict[str, Site]:
    """Return where the last visit of each kind is, or was, in a course."""
    live = Appointment.objects.live().filter(session__course=course)
    rows = live.select_related("site", "session__visit_type").order_by("starts_at")
    return {row.session.visit_type.kind: row.site for row in rows}


def keep_one_clock(one: Site, other: Site) -> bool:
    """Tell whether one plan can hold visits at both sites."""
    return one.time_zone == other.time_zone


def refuse_two_clocks(main: Site, elsewhere: Iterable[Site]) -> Refusal | None:
    """Return why these sites can't be in one plan, if they can't."""
    for site in elsewhere:
        if not keep_one_clock(site, main):
            return Refusal(
                rule="plan.two_clocks",
                sentence=(
                    f"{main} keeps the time of {main.time_zone} and {site} that of "
                    f"{site.time_zone}, so one plan can't hold visits at both. Choose "
                    f"a site with the same clocks, or plan at {main} and book the "
                    f"visits at {site} one by one."
                ),
            )
    return None


def facts_of_site(site: Site) -> SiteFacts:
    """Return what a plan must know of a site."""
    return SiteFacts(site.name, site.grid_minutes, site.travel_minutes)
