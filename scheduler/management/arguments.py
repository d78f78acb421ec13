"""What people type behind a command, as records and times, or a sentence of help."""

from collections.abc import Iterable
from datetime import date, datetime, time
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from courses.errors import BadInput
from courses.models import Course, VisitType
from courses.rules.days import OUTSIDE, TOO_FAR, is_sensible, is_too_far
from scheduler.local_time import instant_from_wall_clock
from scheduler.models import Site
from scheduler.planning.timeline import DAY


def course_of(text: str) -> Course:
    """Return the course of that id."""
    try:
        return Course.objects.select_related("patient", "protocol").get(pk=UUID(text))
    except ValueError as error:
        raise CommandError(
            f"“{text}” is not a course id. Copy the id from the course's page."
        ) from error
    except (Course.DoesNotExist, ValidationError) as error:
        raise CommandError(
            f"There is no course {text}. Copy the id from the course's page."
        ) from error


def site_of(code: str | None) -> Site:
    """Return the site of that code, or the only one."""
    sites = {site.code: site for site in Site.objects.all()}
    if code is None and len(sites) == 1:
        return next(iter(sites.values()))
    if code in sites:
        return sites[code]
    known = ", ".join(sorted(sites)) or "none yet"
    wanted = f"There is no site “{code}”." if code else "Say at which site."
    raise CommandError(f"{wanted} Use --site with one of: {known}.")


def elsewhere_of(texts: Iterable[str]) -> dict[str, Site]:
    """Return the sites of the kinds of visits that are named with one."""
    found: dict[str, Site] = {}
    for text in texts:
        kind, _, code = text.partition("=")
        site = Site.objects.filter(code=code).first()
        if kind not in VisitType.Kind.values or site is None:
            kinds = ", ".join(VisitType.Kind.values)
            sites = ", ".join(Site.objects.values_list("code", flat=True))
            raise CommandError(
                f"“{text}” names no kind of visit and its site. Write --elsewhere as"
                f" KIND=SITE with one of: {kinds}; and one of: {sites}."
            )
        found[kind] = site
    return found


def day_of(text: str | None, name: str) -> date | None:
    """Return the day, None for none."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(
            f"“{text}” is not a day. Write {name} as 2026-05-04."
        ) from error
    if day is not None and not is_sensible(day):
        raise CommandError(f"Nothing is planned on {day}. {OUTSIDE}")
    if day is not None and is_too_far(day, timezone.now().date()):
        raise CommandError(f"{name} is too far ahead. {TOO_FAR}")
    return day


def time_of(text: str | None, name: str) -> time | None:
    """Return the time of day, None for none."""
    try:
        return time.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"“{text}” is not a time. Write {name} as 09:00.") from error


def instant_of(text: str, name: str, site: Site, *, is_end: bool) -> datetime:
    """Return the instant on the site's clock; a bare day is meant as a whole."""
    on, _, at = text.replace(" ", "T").partition("T")
    day, wall = day_of(on, name), time_of(at, name)
    if day is None:
        raise CommandError(f"Write {name} as 2026-05-04 or 2026-05-04T09:00.")
    if is_end and wall is None:
        day += DAY
    try:
        return instant_from_wall_clock(site.zone, day, wall or time.min)
    except BadInput as error:
        raise CommandError(f"{name}: {error}") from error
