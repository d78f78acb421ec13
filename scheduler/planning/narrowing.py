"""Which starts of a day can matter at all, when neighbors look at the clock.

A start is left out when enough others of its day are no dearer and suit every
neighbor at least as well: they meet the same waits after earlier sessions, end no
later where a later session waits, and are so many that no placing of the sessions
that must merely not overlap can take them all. In any plan that uses the start, one of
them could take its place, so the optimum is never lost.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scheduler.planning.graph import CourseGraph
from scheduler.planning.relations import (
    DAY_MINUTES,
    Apart,
    InOrder,
    LeastHours,
    Option,
    Relation,
)

FOREVER_AGO = -(10**9)


@dataclass(frozen=True)
class ClockDemand:
    """How the clock of one session matters to the sessions beside it."""

    # How many equally good starts are enough; None keeps every start.
    enough: int | None = 1
    is_early_better: bool = False
    # Relations in which this session waits for another.
    waits: tuple[Relation, ...] = ()


def demand_of(
    graph: CourseGraph, key: str, minutes: Callable[[str], int], grid: int
) -> ClockDemand:
    """Return how the clock of a session matters to those not yet placed."""
    enough = 1
    waits: list[Relation] = []
    others: list[Relation] = []
    for other, relation in _timed(graph, key):
        if isinstance(relation, Apart):
            tails = relation.first_tail + relation.second_tail
            enough += -(-(minutes(key) + minutes(other) + tails) // grid)
        elif relation.second == key:
            waits.append(relation)
        else:
            others.append(relation)
    if all(isinstance(rule, InOrder | LeastHours) for rule in (*waits, *others)):
        return ClockDemand(enough, bool(others), tuple(waits))
    return ClockDemand(enough=None)


def _timed(graph: CourseGraph, key: str) -> Iterator[tuple[str, Relation]]:
    """Yield the relations to sessions not yet placed that look at the clock."""
    for other, pair in graph.neighbors(key).items():
        if other in graph.pinned:
            continue
        for relation in pair.relations:
            is_timed = relation.is_timed(graph.gaps(relation.first, relation.second))
            if isinstance(relation, Apart):
                is_timed = is_timed and graph.may_share_day(key, other)
            if is_timed:
                yield other, relation


def waits_until(
    relation: Relation, before: Mapping[int, tuple[Option, ...]]
) -> Iterable[int]:
    """Yield the minutes from which a wait for the earlier session costs less."""
    hours = relation.hours if isinstance(relation, LeastHours) else 0
    slack = relation.deviating.slack if isinstance(relation, LeastHours) else 0
    ends = {option.end for options in before.values() for option in options}
    for end in ends:
        for days in range(slack + 1):
            yield end + hours * 60 - days * DAY_MINUTES


def worth_keeping(
    options: tuple[Option, ...], demand: ClockDemand, thresholds: list[int]
) -> tuple[Option, ...]:
    """Return the starts of a day that can matter; `options` are cheapest first."""
    if demand.enough is None:
        return options
    if not thresholds and not demand.is_early_better:
        return options[: demand.enough]
    kept: list[Option] = []
    for option in options:
        place = bisect_right(thresholds, option.start)
        waited = thresholds[place - 1] if place else FOREVER_AGO
        latest = option.start if demand.is_early_better else -FOREVER_AGO
        as_good = sum(1 for other in kept if waited <= other.start <= latest)
        if as_good < demand.enough:
            kept.append(option)
    return tuple(kept)
