"""What changed in a plan since somebody saw it."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.planning.wording import clock_text, day_text

# When each visit is and with whom, by its label.
Seen = dict[str, tuple[datetime, list[str]]]


def gist(visits: Iterable[tuple[str, datetime, Collection[str]]]) -> str:
    """Return label, start and people of each visit, for a form field to carry."""
    told = [[label, at.isoformat(), sorted(who)] for label, at, who in visits]
    return json.dumps(told, separators=(",", ":"))


def what_changed(before: str, after: str, zone: ZoneInfo) -> list[str]:
    """Return how a plan differs from the one that was seen before, visit by visit."""
    was, is_ = _read(before), _read(after)
    told = []
    for label, (at, who) in is_.items():
        if label not in was:
            told.append(f"{label} is new: {_when(at, zone)}.")
        elif was[label][0] != at:
            old = _when(was[label][0], zone)
            told.append(f"{label}: {_when(at, zone)}, not {old} any more.")
        elif was[label][1] != who:
            told.append(
                f"{label}: with {', '.join(who)}, not {', '.join(was[label][1])}."
            )
    gone = [label for label in was if label not in is_]
    return [*told, *(f"{label} isn't in the plan any more." for label in gone)]


def _when(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day_text(local.date())} at {clock_text(local)}"


def _read(text: str) -> Seen:
    try:
        return {
            str(label): (datetime.fromisoformat(at), [str(name) for name in who])
            for label, at, who in json.loads(text)
        }
    except (ValueError, TypeError):
        # Nobody but the page itself writes it; without it there is nothing to compare.
        return {}
