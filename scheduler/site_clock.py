"""Instants as a site's clocks show them, safe to hand to a template.

A template turns every aware time into the server's zone unless it is told not to;
the clinic's pages always mean the site's clock.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.templatetags.tz import do_timezone

from scheduler.models import Site


def on_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in the zone, marked so that templates leave it there."""
    shown = do_timezone(instant, zone)
    if not isinstance(shown, datetime):
        raise TypeError(f"{instant!r} is no instant.")
    return shown


def home_zone() -> ZoneInfo:
    """Return the zone for what happened at no particular site: that of the first."""
    first = Site.objects.first()
    return first.zone if first is not None else ZoneInfo("UTC")
