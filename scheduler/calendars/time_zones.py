"""Time zones as text for calendars, written as yearly rules.

Calendar programs read a zone from the block that travels with the event. The
library's block lists dates without a rule, and Outlook is off by an hour with it.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# After 28 years every date has fallen on every weekday, so "the fourth Sunday" and
# "the last Sunday" can no longer be mistaken for one another.
_YEARS_THAT_TELL_RULES_APART = 28
_FIRST_YEAR_OF_A_RULE = 1970
_ALWAYS_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Zulu", "UCT"})


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The wall clock, read just before the change, and the offsets on both sides."""

    wall_at: datetime
    offset_from: timedelta
    offset_to: timedelta
    name: str


@dataclass(frozen=True, slots=True)
class YearlyRule:
    """A change that comes every year on, say, the second Sunday in March."""

    first: ClockChange
    month: int
    nth: int
    weekday: int

    def matches(self, change: ClockChange) -> bool:
        return (
            (change.offset_from, change.offset_to)
            == (self.first.offset_from, self.first.offset_to)
            and change.wall_at.time() == self.first.wall_at.time()
            and change.wall_at.date() == self.falls_at(change.wall_at.year).date()
        )

    def falls_at(self, year: int) -> datetime:
        """Return the wall time of the change in that year."""
        clock = self.first.wall_at.time()
        if self.nth > 0:
            first = datetime.combine(date(year, self.month, 1), clock)
            ahead = (self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)
            return first + timedelta(days=ahead)
        _, length = monthrange(year, self.month)
        last = datetime.combine(date(year, self.month, length), clock)
        return last - timedelta(days=(last.weekday() - self.weekday) % 7)


def is_utc(zone: ZoneInfo) -> bool:
    """Say whether times in this zone are best written with a Z and no zone block."""
    return zone.key in _ALWAYS_UTC


@lru_cache(maxsize=512)
def zone_block(zone: ZoneInfo, first_year: int, last_year: int) -> str:
    """Return the VTIMEZONE that is right for every instant of these years.

    A zone that follows a yearly rule gets it; one that never changes gets a single
    STANDARD part. A zone whose dates follow no such rule, as where clocks keep to
    the moon, gets one part for each change of the years asked for.
    """
    changes = tuple(_changes(zone, first_year - 1, _years_to_look_at(first_year)))
    if not changes:
        parts = [_steady_part(zone, first_year)]
    elif rules := _yearly_rules(changes):
        parts = [_rule_part(rule) for rule in rules]
    else:
        near = [c for c in changes if c.wall_at.year <= last_year + 1]
        parts = [_steady_part(zone, first_year - 1)]
        parts += [_part(change, change.wall_at, ()) for change in near]
    head = ("BEGIN:VTIMEZONE", f"TZID:{zone.key}")
    lines = chain(head, chain.from_iterable(parts), ("END:VTIMEZONE",))
    return "".join(f"{line}\r\n" for line in lines)


def _years_to_look_at(first_year: int) -> int:
    return first_year + _YEARS_THAT_TELL_RULES_APART


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> Iterator[ClockChange]:
    day = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    before = _offset(zone, day)
    while day < end:
        next_day = day + timedelta(days=1)
        after = _offset(zone, next_day)
        if after != before:
            yield _change_between(zone, day, next_day)
        day, before = next_day, after


def _change_between(zone: ZoneInfo, early: datetime, late: datetime) -> ClockChange:
    before = _offset(zone, early)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if _offset(zone, middle) == before:
            early = middle
        else:
            late = middle
    return ClockChange(
        wall_at=late.replace(tzinfo=None) + before,
        offset_from=before,
        offset_to=_offset(zone, late),
        name=late.astimezone(zone).tzname() or zone.key,
    )


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    if offset is None:
        raise ValueError(f"{zone.key} gives no offset at {at.isoformat()}.")
    return offset


def _yearly_rules(changes: Sequence[ClockChange]) -> tuple[YearlyRule, ...]:
    """Return the pair of rules that makes exactly these changes, or nothing."""
    years = {change.wall_at.year for change in changes}
    if len(changes) != 2 * len(years):
        return ()
    rules = tuple(
        rule
        for same_kind in (changes[0::2], changes[1::2])
        if (rule := _rule_behind(same_kind)) is not None
    )
    return rules if len(rules) == 2 else ()


def _rule_behind(changes: Sequence[ClockChange]) -> YearlyRule | None:
    first = changes[0]
    for nth in (1, 2, 3, 4, -1):
        rule = YearlyRule(first, first.wall_at.month, nth, first.wall_at.weekday())
        if all(rule.matches(change) for change in changes):
            return rule
    return None


def _rule_part(rule: YearlyRule) -> list[str]:
    day = f"{rule.nth}{_WEEKDAYS[rule.weekday]}"
    repeats = f"RRULE:FREQ=YEARLY;BYMONTH={rule.month};BYDAY={day}"
    return _part(rule.first, rule.falls_at(_FIRST_YEAR_OF_A_RULE), (repeats,))


def _steady_part(zone: ZoneInfo, year: int) -> list[str]:
    at = datetime(year, 1, 1, tzinfo=UTC)
    offset = _offset(zone, at)
    name = at.astimezone(zone).tzname() or zone.key
    start = datetime.combine(date(_FIRST_YEAR_OF_A_RULE, 1, 1), time.min)
    return _part(ClockChange(start, offset, offset, name), start, ())


def _part(change: ClockChange, starts: datetime, extra: Sequence[str]) -> list[str]:
    # Some zones call winter time the deviation; calendars expect the larger offset
    # to be the daylight part.
    kind = "DAYLIGHT" if change.offset_to > change.offset_from else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{starts:%Y%m%dT%H%M%S}",
        *extra,
        f"TZNAME:{change.name}",
        f"TZOFFSETFROM:{_written(change.offset_from)}",
        f"TZOFFSETTO:{_written(change.offset_to)}",
        f"END:{kind}",
    ]


def _written(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"
