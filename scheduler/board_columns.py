"""The board's columns as the calendar widget reads them, in the site's wall time.

Times carry no offset: the widget shows them as they are, wherever its browser stands.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from scheduler.day_board import BoardVisit, DayBoard
from scheduler.day_hours import DayHours, day_span, read_day_hours
from scheduler.models import Resource
from scheduler.planning.calendar import Span
from scheduler.site_clock import on_clock

# What is shown of a day on which nobody works and nobody comes.
FIRST_HOUR, LAST_HOUR = 8, 18
A_MINUTE = timedelta(minutes=1)


def columns_of(day_board: DayBoard) -> dict[str, Any]:
    """Return columns, visits and shut times of the day (two queries more)."""
    whole_day = day_span(day_board.site, day_board.day)
    hours = read_day_hours(day_board.site, whole_day, day_board.closures)
    events = [
        event for visit in day_board.visits for event in _visit_events(visit, day_board)
    ]
    first, last = _shown_hours(day_board, hours, events)
    return {
        "resources": [
            {"id": str(resource.pk), "title": resource.name}
            for resource in day_board.resources
        ],
        "events": events,
        "shut": [
            event
            for resource in day_board.resources
            for event in _shut_events(resource, hours, day_board)
        ],
        "now": _now(day_board, whole_day),
        "slotMinTime": f"{first:02}:00:00",
        "slotMaxTime": f"{last:02}:00:00",
    }


def _visit_events(visit: BoardVisit, day_board: DayBoard) -> list[dict[str, Any]]:
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
                "shortName": visit.patient.short_name,
                "initials": visit.patient.initials,
                "label": appointment.session.label,
                "status": visit.status_word,
                "panel": reverse("scheduler:visit_panel", args=[appointment.pk]),
            },
        }
        for resource, spans in visit.spans_by_resource.items()
        for number, (starts_at, ends_at) in enumerate(spans)
    ]


def _shut_events(
    resource: Resource, hours: DayHours, day_board: DayBoard
) -> Iterator[dict[str, Any]]:
    outside = [(span, "") for span in hours.outside(resource)]
    for number, (span, reason) in enumerate([*outside, *hours.closed(resource)]):
        yield {
            "id": f"shut-{resource.pk}-{number}",
            "display": "background",
            "resourceIds": [str(resource.pk)],
            "start": _wall_clock(span.starts_at, day_board),
            "end": _wall_clock(span.ends_at, day_board),
            "title": f"Closed: {reason}" if reason else "Outside working hours",
            "classNames": ["is-closed" if reason else "is-off"],
        }


def _shown_hours(
    day_board: DayBoard, hours: DayHours, events: Iterable[dict[str, Any]]
) -> tuple[int, int]:
    """Return the first and last full hour around all openings and visits."""
    columns = {resource.pk for resource in day_board.resources}
    edges = [(event["start"], event["end"]) for event in events] + [
        (_wall_clock(opens, day_board), _wall_clock(closes, day_board))
        for key, openings in hours.open.items()
        if key in columns
        for opens, closes in openings
    ]
    if not edges:
        return FIRST_HOUR, LAST_HOUR
    first = datetime.fromisoformat(min(start for start, _ in edges))
    last = datetime.fromisoformat(max(end for _, end in edges))
    return first.hour, last.hour + (last.minute > 0)


def _now(day_board: DayBoard, whole_day: Span) -> str | None:
    """Return where the line of this minute stands, on the site's clock."""
    if not whole_day.starts_at <= day_board.now < whole_day.ends_at:
        return None
    return _wall_clock(day_board.now, day_board)


def _wall_clock(instant: datetime, day_board: DayBoard) -> str:
    local = on_clock(instant, day_board.site.zone).replace(tzinfo=None)
    first = datetime.combine(day_board.day, datetime.min.time())
    last = first + timedelta(days=1) - A_MINUTE
    return min(max(local, first), last).isoformat(timespec="seconds")
