"""The smallest changes that give a course without a plan one, and what each costs.

One rule is relaxed at a time, as little as will do, and pairs only of changes that
alone are not enough. What is tried is read off the proof: only what could matter to
the sessions that are in each other's way. A change is first tried on those few
sessions, and only what helps them on the whole course.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from courses.errors import Refusal
from scheduler.planning.advising import said_of
from scheduler.planning.blocking import Blocking, Parts, Solve
from scheduler.planning.changes import READ_ANEW, Change
from scheduler.planning.changing import changed
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.easing import Family, families_of
from scheduler.planning.planner import best_plan
from scheduler.planning.problem import CourseProblem, Plan
from scheduler.planning.tallying import judged

# Reads the problem anew where a change needs it: another site, more of the calendar.
Reread = Callable[[Change], CourseProblem | None]

# Changes that are enough, with the problem and the plan that they give.
_Enough = tuple[tuple[Change, ...], CourseProblem, Plan]

# So many solutions of problems, large and small, are looked for at most.
MOST_TRIES = 40
# Pairs are tried only while fewer single changes than these are enough.
ENOUGH = 3
MOST_FOUND = 6
MOST_OF_A_KIND = 2
# The first few kinds of change, in the order of their cost, are paired.
MOST_PAIRED = 5


@dataclass(frozen=True)
class Relaxation:
    """A change, or two, that gives the course a plan, and that plan.

    The plan's cost and deviations are counted by the rules as they are without it.
    `needs` says what must be done besides: "move" another visit first, "prescriber"
    for a hard rule, "manager" for hours and credentials.
    """

    changes: tuple[Change, ...]
    sentence: str
    needs: str
    problem: CourseProblem = field(repr=False)
    plan: Plan

    @property
    def overrides(self) -> tuple[Refusal, ...]:
        """Return the hard rules that the plan breaks."""
        return tuple(broken for broken in self.plan.deviations if broken.is_hard)


@dataclass(frozen=True)
class Relaxations:
    """What would help, the least first, and how much was tried to find it."""

    found: tuple[Relaxation, ...] = ()
    tried: int = 0
    is_complete: bool = True


class _TriedEnough(Exception):
    """So much was tried that the rest is left."""


def relaxations(
    problem: CourseProblem,
    *,
    sites: Mapping[str, str] | None = None,
    reread: Reread | None = None,
    solve: Solve = best_plan,
    most_tries: int = MOST_TRIES,
) -> Relaxations:
    """Return the smallest changes under which the problem has a plan.

    `sites` names the other sites by code. Without `reread` no change is tried that
    needs more of the calendar than the problem has. Where soft windows may not be
    left at all (no slack days), no window is widened: what is found keeps them.
    """
    easing = _Easing(problem, sites or {}, reread, solve, most_tries)
    try:
        easing.run()
    except _TriedEnough:
        return Relaxations(easing.ranked(), easing.tried, is_complete=False)
    return Relaxations(easing.ranked(), easing.tried)


@dataclass
class _Easing:
    problem: CourseProblem
    sites: Mapping[str, str]
    reread: Reread | None
    solver: Solve
    most_tries: int
    tried: int = 0
    found: list[tuple[tuple[int, ...], Relaxation]] = field(default_factory=list)
    # What frees the sessions that were looked at, and not yet the whole course.
    _halves: list[Family] = field(default_factory=list)

    def run(self) -> None:
        blocked = Blocking(self.problem, self._solve).sessions
        families = self._families(self.problem, blocked)
        helpless = [family for family in families if not self._alone(family, blocked)]
        if len(self.found) >= ENOUGH:
            return
        tried = {(family.kind, family.about) for family in families}
        for half in list(self._halves):
            for other in self._left_by(half):
                # It may matter to the first sessions too, by way of others.
                is_new = (other.kind, other.about) not in tried
                if is_new and self._alone(other, blocked):
                    tried.add((other.kind, other.about))
                elif (other.kind, other.about) not in self._sufficient:
                    self._together(half, other, blocked)
        for one, other in self._pairs(helpless):
            self._together(one, other, blocked)

    def _families(
        self, problem: CourseProblem, blocked: tuple[str, ...]
    ) -> list[Family]:
        return families_of(
            problem, blocked, self.sites if self.reread is not None else None
        )

    # --- one at a time ------------------------------------------------------------

    def _alone(self, family: Family, blocked: tuple[str, ...]) -> bool:
        """Keep the least of the family that is enough; tell whether there is one."""
        least = self._least(family, (), blocked)
        if least is None:
            return False
        found = self._first_enough([(c,) for c in family.changes[least:]])
        if found is None:
            self._halves.append(family)
            return False
        self._add((family,), *found)
        return True

    def _left_by(self, half: Family) -> Iterator[Family]:
        """Yield what could matter to the sessions that this change doesn't free."""
        strongest = self._changed((half.changes[-1],))
        if strongest is not None:
            blocked = Blocking(strongest, self._solve).sessions
            for other in self._families(self.problem, blocked):
                if (other.kind, other.about) != (half.kind, half.about):
                    yield other

    def _least(
        self, family: Family, beside: tuple[Change, ...], blocked: tuple[str, ...]
    ) -> int | None:
        """Return the number of the first change that frees the blocked sessions."""
        changes = family.changes
        if not self._frees((*beside, changes[-1]), blocked):
            return None
        fail, enough = -1, len(changes) - 1
        while enough - fail > 1:
            middle = (fail + enough) // 2
            if self._frees((*beside, changes[middle]), blocked):
                enough = middle
            else:
                fail = middle
        return enough

    def _frees(self, changes: tuple[Change, ...], blocked: tuple[str, ...]) -> bool:
        problem = self._changed(changes)
        if problem is None:
            return False
        if not blocked:
            return True
        try:
            few = Parts(problem).only(blocked)
            return self._solve(few) is not None
        except SearchTooLong:
            return True

    def _first_enough(self, steps: Sequence[tuple[Change, ...]]) -> _Enough | None:
        """Return the first of these, each more than the one before, that is enough."""
        found = self._whole(steps[0])
        if found is not None or len(steps) == 1:
            return found
        found = self._whole(steps[-1])
        fail, enough = 0, len(steps) - 1
        while found is not None and enough - fail > 1:
            middle = (fail + enough) // 2
            less = self._whole(steps[middle])
            if less is None:
                fail = middle
            else:
                found, enough = less, middle
        return found

    def _whole(self, changes: tuple[Change, ...]) -> _Enough | None:
        """Return the changes with the plan that the whole course has under them."""
        problem = self._changed(changes)
        if problem is None:
            return None
        try:
            plan = self._solve(problem)
        except SearchTooLong:
            return None
        return None if plan is None else (changes, problem, plan)

    def _add(
        self,
        families: tuple[Family, ...],
        changes: tuple[Change, ...],
        problem: CourseProblem,
        plan: Plan,
    ) -> None:
        kept = {**plan.kept, **self.problem.kept}
        rules = self._judging(problem)
        told = judged(rules, plan, kept)
        said = [said_of(self.problem, change, plan, self.sites) for change in changes]
        needs = max((family.needs for family in families), key=_NEEDS.index)
        steps = sum(f.changes.index(c) for f, c in zip(families, changes, strict=True))
        rank = (
            len(changes),
            _NEEDS.index(needs),
            max(family.rank for family in families),
            steps,
            self.problem.objective.packed(told.cost),
        )
        sentence = " and ".join([said[0], *(s[0].lower() + s[1:] for s in said[1:])])
        if any(set(known.changes) == set(changes) for _, known in self.found):
            return
        self.found.append((rank, Relaxation(changes, sentence, needs, problem, told)))

    def _judging(self, problem: CourseProblem) -> CourseProblem:
        """Return the problem by whose rules a plan of the changed one is judged."""

        return replace(problem, course=self.problem.course)

    @property
    def _sufficient(self) -> set[tuple[str, str]]:
        return {
            (change.kind, change.about)
            for _, relaxation in self.found
            for change in relaxation.changes
            if len(relaxation.changes) == 1
        }

    # --- two together -------------------------------------------------------------

    def _pairs(self, helpless: list[Family]) -> Iterator[tuple[Family, Family]]:
        for one, other in combinations(helpless[:MOST_PAIRED], 2):
            if (one.kind, one.about) != (other.kind, other.about):
                yield one, other

    def _together(self, one: Family, other: Family, blocked: tuple[str, ...]) -> None:
        """Keep the least of one family, and beside it the least of the other."""
        most = other.changes[-1]
        least = self._least(one, (most,), blocked)
        if least is None:
            return
        first = self._first_enough([(mine, most) for mine in one.changes[least:]])
        if first is None:
            return
        mine = first[0][0]
        also = self._least(other, (mine,), blocked)
        steps = [] if also is None else [(mine, c) for c in other.changes[also:]]
        found = self._first_enough(steps) if steps else None
        if found is not None:
            self._add((one, other), *found)

    # --- asking -------------------------------------------------------------------

    def _changed(self, changes: tuple[Change, ...]) -> CourseProblem | None:
        problem: CourseProblem | None = self.problem
        for change in changes:
            if change.kind in READ_ANEW and self.reread is not None:
                problem = self.reread(change)
        return None if problem is None else changed(problem, changes)

    def _solve(self, problem: CourseProblem) -> Plan | None:
        if self.tried >= self.most_tries:
            raise _TriedEnough
        self.tried += 1
        return self.solver(problem)

    def ranked(self) -> tuple[Relaxation, ...]:
        """Return what was found, the least first, and not too much of one kind."""
        kinds: Counter[tuple[str, ...]] = Counter()
        best = []
        for _, relaxation in sorted(self.found, key=lambda found: found[0]):
            kind = tuple(change.kind for change in relaxation.changes)
            kinds[kind] += 1
            if kinds[kind] <= MOST_OF_A_KIND:
                best.append(relaxation)
        return tuple(best[:MOST_FOUND])


_NEEDS = ("", "move", "prescriber", "manager")
