"""The cheapest starts for sessions that look at each other's clocks, proven to be so.

Sessions are placed one after another, each beside one that it looks at. Whatever can't
beat the best so far is cut off: each session that is still to be placed costs at least
its cheapest start beside those that are. What is left to place sees only those placed
that it looks at: when they lie alike, what was found before is found again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scheduler.planning.graph import Rule
from scheduler.planning.relations import Clear, Option

# More than any plan costs.
ENDLESS = 1 << 256


class Judge(NamedTuple):
    """The rules between a session and one that is placed before it."""

    # Where the other one stands in the order of placing.
    place: int
    rules: tuple[Rule, ...]


class Found(NamedTuple):
    """What placing the rest costs above its cheapest starts, and these starts."""

    cost: int
    starts: tuple[Option, ...]


class _Allowed(NamedTuple):
    """A start, what it costs above the cheapest, and what the clocks add to that."""

    own: int
    more: int
    option: Option


# Which session, and where those that it looks at lie.
_State = tuple[int, tuple[Option, ...]]


@dataclass
class Settling:
    """Sessions in the order of placing: their starts by cost, and who judges them."""

    options: Sequence[Iterable[Option]]
    least: Sequence[int]
    judges: Sequence[Sequence[Judge]]
    count: Callable[[], None]
    _chosen: list[Option] = field(init=False, default_factory=list)
    # By what the rest sees: what was found, or below which cost there is nothing.
    _known: dict[_State, Found | int] = field(init=False, default_factory=dict)
    _known_beside: dict[_State, int | None] = field(init=False, default_factory=dict)
    # Where those stand that somebody looks at from a place on.
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
        state = number, tuple(self._chosen[place] for place in self._seen[number])
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
        for own, more, option in self._allowed(number):
            if own >= below:
                break
            if own + more >= below:
                continue
            self._chosen.append(option)
            rest = self._rest_if_cheap(number + 1, below - own - more)
            self._chosen.pop()
            if rest is not None:
                below = own + more + rest.cost
                found = Found(below, (option, *rest.starts))
        return found

    def _rest_if_cheap(self, number: int, below: int) -> Found | None:
        """Return the best way to place what is left, unless a look ahead rules it out.

        Looking ahead at one session alone would be to place it.
        """
        if number < len(self.options) - 1:
            ahead = 0
            for later in range(number, len(self.options)):
                least = self._least_beside(later)
                if least is None or (ahead := ahead + least) >= below:
                    return None
        return self._rest(below)

    def _least_beside(self, number: int) -> int | None:
        """Return what a session costs at least beside those placed that it looks at.

        None if they leave it no start.
        """
        placed = len(self._chosen)
        looks_at = (j.place for j in self.judges[number] if j.place < placed)
        state = number, tuple(self._chosen[place] for place in looks_at)
        if not state[1]:
            return 0
        if state not in self._known_beside:
            best: int | None = None
            for own, more, _ in self._allowed(number):
                if best is not None and own >= best:
                    break
                best = own + more if best is None else min(best, own + more)
            self._known_beside[state] = best
        return self._known_beside[state]

    def _allowed(self, number: int) -> Iterator[_Allowed]:
        """Yield the starts that those placed allow, those that cost least first."""
        clears, priced = self._rules(number)
        least = self.least[number]
        for option in self.options[number]:
            _, start, end, cost = option
            for ends_by, begins_from in clears:
                if end > ends_by and start < begins_from:
                    break
            else:
                self.count()
                more: int | None = 0
                for rule, other in priced:
                    beside = rule.cost(other, option)
                    more = None if more is None or beside is None else more + beside
                if more is not None:
                    yield _Allowed(cost - least, more, option)

    def _rules(self, number: int) -> tuple[list[Clear], list[tuple[Rule, Option]]]:
        """Return the rules to those placed: those that only forbid, and the others."""
        clears: list[Clear] = []
        priced: list[tuple[Rule, Option]] = []
        placed = len(self._chosen)
        for place, rules in self.judges[number]:
            if place < placed:
                other = self._chosen[place]
                for rule in rules:
                    clear = rule.clear_of(other)
                    if clear is None:
                        priced.append((rule, other))
                    else:
                        clears.append(clear)
        return clears, priced
