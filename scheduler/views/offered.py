"""The next free times beside a form that asks for one, and for which site they are."""

from datetime import date
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now

from courses.models import Session, VisitType
from scheduler.course_sheet import session_rows
from scheduler.course_sites import last_sites_of
from scheduler.models import Site
from scheduler.offers import next_offers

HOLD_DAYS = 7
Row = TypeVar("Row", Site, VisitType)


def chosen_site(request: HttpRequest, session: Session | None = None) -> Site | None:
    """Return the site that was asked for, or the first.

    For a session that is where the last of its kind is, if one is anywhere.
    """
    sites = Site.objects.all()
    named = _named(request, "site", sites)
    if named is None and session is not None:
        named = last_sites_of(session.course).get(session.visit_type.kind)
    return named or sites.first()


def chosen_visit_type(
    request: HttpRequest, kinds: QuerySet[VisitType]
) -> VisitType | None:
    """Return the kind of visit that was asked for, or the first."""
    return _named(request, "visit_type", kinds) or kinds.first()


def offered(session: Session, site: Site | None) -> dict[str, Any]:
    """Return the times to click: to book, or where only that is possible to hold.

    The session may be one that a booking would still add to the course.
    """
    rows = session_rows(session.course)
    row = next((row for row in rows if row.session.pk == session.pk), None)
    about = {"site": site, "sites": Site.objects.all(), "window": row and row.window}
    if site is None:
        return about
    first_day = (row and row.first_day) or date.min
    may_be_uncleared = session.visit_type.kind == VisitType.Kind.DOSING
    for hold_days in (0, HOLD_DAYS) if may_be_uncleared else (0,):
        offers = next_offers(
            session=session,
            site=site,
            from_on=first_day,
            is_hold=bool(hold_days),
            now=now(),
        )
        if offers:
            return {**about, "offers": offers, "hold_days": hold_days}
    return about


def _named(request: HttpRequest, name: str, rows: QuerySet[Row]) -> Row | None:
    wanted = request.POST.get(name) or request.GET.get(name) or ""
    return next((row for row in rows if str(row.pk) == wanted), None)
