"""What may be changed about a question before it is asked again, as plain values.

A pin, a ban, another sub-question and a relaxed rule are all a `Change`. Each has a
short text, so that a page can carry it as a form field and a command print it, and
names sessions by their step, so that it still means the same when a trial makes the
sessions anew.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import quote, unquote
from uuid import UUID

from courses.rules.days import FAR_DAYS, is_sensible
from courses.rules.shapes import CourseShape, SessionShape
from scheduler.planning.objective import Objective
from scheduler.planning.problem import Demand

# What somebody asks for; the rest changes rules, or what is looked for.
DEMANDING = frozenset({"on", "at", "off", "served", "without", "weekday_off"})
# What must be read from the database anew.
READ_ANEW = frozenset({"site", "within", "sooner", "unpin"})


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change: its kind, what it is about, and to what.

    `about` is the code of a session, the kind of a spacing rule or a continuity
    group; empty for all visits.
    """

    kind: str
    about: str = ""
    value: str = ""

    @property
    def text(self) -> str:
        """Return the change as a form field carries it."""
        return f"{self.kind}:{_quoted(self.about)}:{_quoted(self.value)}"


def read_changes(text: str) -> tuple[Change, ...]:
    """Return the changes that the text names; what makes no sense is left out."""
    found = []
    for word in text.split():
        kind, _, rest = word.partition(":")
        about, _, value = rest.partition(":")
        change = Change(kind, unquote(about), unquote(value))
        if _makes_sense(change):
            found.append(change)
    return tuple(dict.fromkeys(found))


def text_of(changes: Iterable[Change]) -> str:
    """Return the changes as one text."""
    return " ".join(change.text for change in changes)


def _quoted(text: str) -> str:
    # A step may be called "Dose 1": spaces and colons part changes and their parts.
    return quote(text, safe="=,")


def _makes_sense(change: Change) -> bool:
    try:
        _READERS[change.kind](change.value)
    except (KeyError, ValueError):
        return False
    return True


def code_of(session: SessionShape) -> str:
    """Return what names a session for good: its step's code, or else its key."""
    return session.step.code if session.step is not None else session.key


def session_of(course: CourseShape, code: str) -> SessionShape | None:
    """Return the session with that code."""
    return next((s for s in course.sessions if code_of(s) == code), None)


# --- their values -----------------------------------------------------------------


def instant(text: str) -> datetime:
    """Return the instant that was written as in `instant_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H%MZ").replace(tzinfo=UTC)


def instant_text(at: datetime) -> str:
    """Return an instant as a change carries it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H%MZ}"


def hours(text: str) -> tuple[time | None, time | None]:
    """Return the hours of "1200-" or "-1200"."""
    earliest, _, latest = text.partition("-")
    return _clock(earliest), _clock(latest)


def _clock(text: str) -> time | None:
    return time(int(text[:2]), int(text[2:])) if text else None


def sides(text: str) -> tuple[int, int]:
    """Return by how many days a window is wider, at its early and its late side."""
    early, _, late = text.partition(",")
    found = int(early), int(late or 0)
    if min(found) < 0 or max(found) > FAR_DAYS:
        raise ValueError(text)
    return found


def party_and_resource(text: str) -> tuple[str, UUID]:
    """Return whom "therapist=..." names."""
    party, _, resource_id = text.partition("=")
    return party, UUID(resource_id)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not is_sensible(day):
        raise ValueError(text)
    return day


def _instant(text: str) -> datetime:
    at = instant(text)
    if not is_sensible(at.date()):
        raise ValueError(text)
    return at


def _days(text: str) -> int:
    return range(FAR_DAYS + 1).index(int(text))


def _weekday(text: str) -> int:
    return range(7).index(int(text))


def _part(text: str) -> str:
    if text not in Demand.__slots__:
        raise ValueError(text)
    return text


def _term(text: str) -> str:
    return text if text in Objective().order else _part(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "on": _day,
    "at": _instant,
    "off": _day,
    "weekday_off": _weekday,
    "served": party_and_resource,
    "without": UUID,
    "unbound": _part,
    "led": UUID,
    "begin": _day,
    "hours": hours,
    "first": _term,
    "wider": sides,
    "closer": _days,
    "open": _day,
    "renew": UUID,
    "dosing_day": str,
    "anybody": str,
    "site": str,
    "unpin": str,
    "within": _days,
    "sooner": _day,
}
