"""Today's board: who comes, who is here, and the next step of each visit."""

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.timezone import now

from courses.rules.days import nearest_sensible
from scheduler.board_columns import columns_of
from scheduler.day_board import FILTERS, DayBoard
from scheduler.models import Site
from scheduler.site_clock import on_clock
from scheduler.views.staff import show, staff_page

SEES = "scheduler.view_appointment"


@staff_page(SEES)
def board(request: HttpRequest) -> HttpResponse:
    """Show one day of one site, today at first."""
    sites = list(Site.objects.all())
    site = _chosen_site(request, sites)
    if site is None:
        return show(
            request, "scheduler/board_empty.html", title="Today", section="board"
        )
    today = on_clock(now(), site.zone).date()
    day = _chosen_day(request, today)
    day_board = DayBoard.read(site=site, day=day, now=now())
    only = request.GET.get("only", "")
    return show(
        request,
        "scheduler/board.html",
        title="Today" if day == today else f"{day:%A, %B} {day.day}",
        section="board",
        sites=sites,
        board=day_board,
        visits=day_board.shown(only),
        only=only if only in FILTERS else "",
        today=today,
        clock=on_clock(now(), site.zone),
        here=request.get_full_path(),
    )


@staff_page(SEES)
def board_feed(request: HttpRequest) -> HttpResponseBase:
    """Give the day's columns to the calendar widget."""
    site = _chosen_site(request, list(Site.objects.all()))
    if site is None:
        return JsonResponse({"resources": [], "events": [], "shut": []})
    day = _chosen_day(request, on_clock(now(), site.zone).date())
    return JsonResponse(columns_of(DayBoard.read(site=site, day=day, now=now())))


def _chosen_site(request: HttpRequest, sites: list[Site]) -> Site | None:
    wanted = request.GET.get("site", "")
    return next((site for site in sites if site.code == wanted), None) or next(
        iter(sites), None
    )


def _chosen_day(request: HttpRequest, today: date) -> date:
    try:
        return nearest_sensible(date.fromisoformat(request.GET.get("day", "")))
    except ValueError:
        return today
