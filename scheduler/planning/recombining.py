"""The best of all plans that were ever found for these courses, one for each.

Every try leaves plans behind that went well for one course and not for all. Together
with plans of other tries they may be better than anything that was tried. Which two
plans want one unit at the same time is remembered as bits, so that the best choice
that includes a new plan is found in no time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from scheduler.planning.problem import Plan
from scheduler.planning.sharing import Rows

# Claims are compared by stretches of so many minutes, one at the least; what shares a
# stretch counts as a clash, so that nothing is ever booked twice.
STRETCH = 5
# So many partial choices are looked at before a new plan is left aside.
MOST_LOOKED_AT = 2000
# A course keeps so many of its plans in mind.
MOST_PLANS = 150


@dataclass(frozen=True)
class Choice:
    """One plan of one course; without a plan the course stays where it stands."""

    key: str
    plan: Plan | None
    cost: int
    # The stretches of units that it takes, as bits.
    taken: int
    number: int


@dataclass
class Recombining:
    """Plans by course, and which of them clash."""

    _by_course: dict[str, list[Choice]] = field(default_factory=dict)
    _known: set[tuple[str, int, int]] = field(default_factory=set)
    # By the number of a plan, those that clash with it, as bits.
    _clashing: list[int] = field(default_factory=list)
    _places: dict[tuple[UUID, int, int], int] = field(default_factory=dict)
    _left: int = 0

    def add(self, key: str, plan: Plan | None, cost: int, rows: Rows) -> Choice | None:
        """Return the plan as a new choice; None if it is known, or one too many."""
        taken = self._bits(rows)
        mine = self._by_course.setdefault(key, [])
        if (key, taken, cost) in self._known or len(mine) >= MOST_PLANS:
            return None
        self._known.add((key, taken, cost))
        choice = Choice(key, plan, cost, taken, len(self._clashing))
        clashing = 0
        for other, choices in self._by_course.items():
            for one in choices if other != key else ():
                if one.taken & taken:
                    clashing |= 1 << one.number
                    self._clashing[one.number] |= 1 << choice.number
        self._clashing.append(clashing)
        mine.append(choice)
        mine.sort(key=lambda each: each.cost)
        return choice

    def _bits(self, rows: Rows) -> int:
        bits, places = 0, self._places
        for resource_id, some in rows.items():
            for unit, begin, end in some:
                for stretch in range(begin // STRETCH, -(-end // STRETCH)):
                    place = resource_id, unit, stretch
                    bits |= 1 << places.setdefault(place, len(places))
        return bits

    def best_with(self, choice: Choice, below: int) -> list[Choice] | None:
        """Return the best choice for all courses with this one, if it costs less."""
        clashing = self._clashing[choice.number]
        beside: list[list[Choice]] = []
        for key, choices in self._by_course.items():
            if key == choice.key:
                continue
            able = [one for one in choices if not clashing >> one.number & 1]
            if not able:
                return None
            beside.append(able)
        room = below - choice.cost - sum(able[0].cost for able in beside)
        if room <= 0:
            return None
        # What costs more than that above the cheapest is of no use.
        beside = [[c for c in able if c.cost - able[0].cost < room] for able in beside]
        beside.sort(key=len)
        least = [0]
        for able in reversed(beside):
            least.append(least[-1] + able[0].cost)
        self._left = MOST_LOOKED_AT
        found = self._cheapest(beside, least, 0, clashing, below - choice.cost)
        return None if found is None else [choice, *found[1]]

    def _cheapest(
        self,
        beside: Sequence[Sequence[Choice]],
        least: Sequence[int],
        number: int,
        clashing: int,
        below: int,
    ) -> tuple[int, list[Choice]] | None:
        if number == len(beside):
            return (0, []) if below > 0 else None
        rest = least[len(beside) - number - 1]
        best: tuple[int, list[Choice]] | None = None
        for choice in beside[number]:
            if choice.cost + rest >= below or not self._left:
                break
            if clashing >> choice.number & 1:
                continue
            self._left -= 1
            more = clashing | self._clashing[choice.number]
            room = below - choice.cost
            found = self._cheapest(beside, least, number + 1, more, room)
            if found is not None:
                below = choice.cost + found[0]
                best = below, [choice, *found[1]]
        return best
