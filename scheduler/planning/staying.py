"""Looking first whether every visit can stay that isn't hindered at its told time.

Some visits can't stay whatever happens: nobody is free there any more. No plan moves
fewer than those. If all others can stay, such a plan moves the fewest there can be,
so the best of these plans is the best of all, and the starts of the visits that stay
need not be worked out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduler.planning.foreseeing import VERY_MUCH
from scheduler.planning.problem import CourseProblem
from scheduler.planning.relations import Option, Reach

# What is settled before the number of moved visits, and that number.
SETTLED = ("broken_windows", "days_outside", "other_therapist", "told_again")


def may_all_stay(problem: CourseProblem) -> bool:
    """Tell whether plans that move the fewest visits are the best of all.

    Among plans that break no soft rule and change no therapist.
    """
    return bool(problem.told) and problem.objective.order[:4] == SETTLED


@dataclass(frozen=True)
class Stays:
    """The one start of a session that keeps its time, on one of so many days."""

    start: Option
    count: int

    @property
    def days(self) -> int:
        """Return its day, as bits."""
        return 1 << self.start.day

    def cheapest(self, day: int) -> Option | None:
        """Return the start, on its day."""
        return self.start if day == self.start.day else None

    def on(self, day: int) -> Iterable[Option]:
        """Return the start alone, on its day."""
        return (self.start,) if day == self.start.day else ()

    def reach(self, day: int) -> Reach | None:
        """Return the start as the first and the last one, on its day."""
        return Reach(self.start, self.start) if day == self.start.day else None

    def roughly(self, cut: int) -> NDArray[np.int64]:
        """Return its cost on its day, and very much on every other."""
        costs = np.full(self.count, VERY_MUCH)
        costs[self.start.day] = self.start.cost >> cut
        return costs
