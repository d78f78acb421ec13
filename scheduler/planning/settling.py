"""The cheapest starts for sessions that look at each other's clocks, proven to be so.

Sessions are placed one after another, each beside one that it looks at; whatever can't
beat the best so far is cut off. What is left to place sees only those placed that it
looks at: when they lie alike, what was found before is found again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scheduler.planning.graph import Pair
from scheduler.planning.relations import Option

# More than any plan costs.
ENDLESS = 1 << 256


class Judge(NamedTuple):
    """A pair of rules between a session and one that is placed before it."""

    # Where the other one stands in the order of placing.
    place: int
    pair: Pair
    # Whether the session is the second of the pair.
    is_second: bool

    def cost(self, other: Option, option: Option) -> int | None:
        """Return what the clocks cost, or None if the rules forbid it."""
        first, second = (other, option) if self.is_second else (option, other)
        timed = self.pair.at(second.day - first.day)[1]
        return self.pair.by_clock(timed, first, second)


class Found(NamedTuple):
    """What placing the rest costs above its cheapest starts, and these starts."""

    cost: int
    starts: tuple[Option, ...]


@dataclass
class Settling:
    """Sessions in the order of placing: their starts by cost, and who judges them."""

    options: Sequence[Iterable[Option]]
    least: Sequence[int]
    judges: Sequence[Sequence[Judge]]
    count: Callable[[], None]
    _chosen: list[Option] = field(init=False, default_factory=list)
    # By what the rest sees: what was found, or below which cost there is nothing.
    _known: dict[tuple[object, ...], Found | int] = field(
        init=False, default_factory=dict
    )
    _seen: list[tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._seen = [
            tuple(
                sorted(
                    {
                        judge.place
                        for judges in self.judges[number:]
                        for judge in judges
                        if judge.place < number
                    }
                )
            )
            for number in range(len(self.options))
        ]

    def cheapest(self) -> Found | None:
        """Return the best starts, or None if the sessions can't all be placed."""
        return self._rest(ENDLESS)

    def _rest(self, below: int) -> Found | None:
        """Return the best way to place what is left, if it costs less than `below`."""
        number = len(self._chosen)
        if number == len(self.options):
            return Found(0, ())
        state = (number, *(self._chosen[place] for place in self._seen[number]))
        known = self._known.get(state)
        if isinstance(known, Found):
            return known if known.cost < below else None
        if known is not None and below <= known:
            return None
        found = self._best(number, below)
        self._known[state] = below if found is None else found
        return found

    def _best(self, number: int, below: int) -> Found | None:
        found: Found | None = None
        for option in self.options[number]:
            cost = option.cost - self.least[number]
            if cost >= below:
                break
            self.count()
            more = self._judged(number, option)
            if more is None or cost + more >= below:
                continue
            self._chosen.append(option)
            rest = self._rest(below - cost - more)
            self._chosen.pop()
            if rest is not None:
                below = cost + more + rest.cost
                found = Found(below, (option, *rest.starts))
        return found

    def _judged(self, number: int, option: Option) -> int | None:
        total = 0
        for judge in self.judges[number]:
            cost = judge.cost(self._chosen[judge.place], option)
            if cost is None:
                return None
            total += cost
        return total
