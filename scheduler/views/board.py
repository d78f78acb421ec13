"""Today's board: who comes, who is here, and the next step of each visit."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.timezone import now

from courses.rules.days import nearest_sensible
from scheduler.day_board import FILTERS, BoardVisit, DayBoard
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
    """Give the day's claims to the calendar widget, in the site's wall-clock time."""
    site = _chosen_site(request, list(Site.objects.all()))
    if site is None:
        return JsonResponse({"resources": [], "events": []})
    day = _chosen_day(request, on_clock(now(), site.zone).date())
    return JsonResponse(feed_of(DayBoard.read(site=site, day=day, now=now())))


def feed_of(day_board: DayBoard) -> dict[str, Any]:
    """Return columns and events. Times carry no offset: they are shown as they are."""
    events = [
        event for visit in day_board.visits for event in _events(visit, day_board)
    ]
    hours = [int(event[edge][11:13]) for event in events for edge in ("start", "end")]
    return {
        "resources": [
            {"id": str(resource.pk), "title": resource.name}
            for resource in day_board.resources
        ],
        "events": events,
        "slotMinTime": f"{min([8, *hours]):02}:00:00",
        "slotMaxTime": f"{min(24, max([18, *(hour + 1 for hour in hours)])):02}:00:00",
    }


def _events(visit: BoardVisit, day_board: DayBoard) -> list[dict[str, Any]]:
    appointment = visit.appointment
    return [
        {
            "id": f"{appointment.pk}-{resource.pk}-{number}",
            "resourceIds": [str(resource.pk)],
            "start": _wall_clock(starts_at, day_board),
            "end": _wall_clock(ends_at, day_board),
            "title": visit.patient.full_name,
            "classNames": [
                f"visit-{'late' if visit.needs_care else appointment.status}"
            ],
            "extendedProps": {
                "label": appointment.session.label,
                "status": visit.status_word,
                "panel": reverse("scheduler:visit_panel", args=[appointment.pk]),
            },
        }
        for resource, spans in visit.spans_by_resource.items()
        for number, (starts_at, ends_at) in enumerate(spans)
    ]


def _wall_clock(instant: datetime, day_board: DayBoard) -> str:
    local = on_clock(instant, day_board.site.zone).replace(tzinfo=None)
    first = datetime.combine(day_board.day, datetime.min.time())
    last = first.replace(hour=23, minute=59)
    return min(max(local, first), last).isoformat(timespec="seconds")


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
