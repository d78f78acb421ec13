"""What each change asks of the planner, beyond placing what may move."""

from datetime import datetime, time

from courses.rules.holding import STILL_BOOKED
from scheduler.planning.timeline import first_instant_at
from scheduler.ripples.changes import (
    Change,
    Hold,
    Omit,
    Resume,
    Shorten,
    SpaceDoses,
    leaves_rest,
)
from scheduler.ripples.posing import Wanted
from scheduler.ripples.reading import Reading


def wanted_of(reading: Reading, change: Change) -> Wanted:
    """Return what the change asks; moving by hand asks for more than this."""
    gone = _gone(reading, change)
    match change:
        case Hold():
            return Wanted(gone=gone, leaves_rest=True, fills=False)
        case Omit() | Shorten():
            begun = [reading.by_key[key].place.starts_at for key in gone]
            return Wanted(
                gone=gone,
                stays_until=min(begun, default=None),
                # Nothing became free for sessions that waited before.
                fills=False,
                leaves_rest=leaves_rest(change),
            )
        case SpaceDoses():
            # An order is no reason to book what waits.
            return Wanted(gone=gone, fills=False)
        case Resume():
            first = _first_instant(reading, change)
            return Wanted(gone=gone, stays_until=first, not_before=first)
    return Wanted(gone=gone)


def _gone(reading: Reading, change: Change) -> dict[str, str]:
    """Return why visits to come lose their times, by their sessions.

    The front desk reads it with the visit. What somebody gave as the reason may be
    clinical, and stays in the course's own history.
    """
    to_come = [each.key for each in reading.standing if each.is_to_come]
    if isinstance(change, Hold):
        return {
            key: "Course on hold"
            for key in to_come
            if reading.sessions[key].kind not in STILL_BOOKED
        }
    why = "The course no longer has this session"
    if isinstance(change, Omit | Shorten):
        why = "Left out of the course"
    return {key: why for key in to_come if not reading.is_open(key)}


def _first_instant(reading: Reading, change: Resume) -> datetime:
    first = first_instant_at(reading.site.zone, change.from_on, time.min)
    return max(first, reading.now)
