"""Plans many courses on one calendar: a first proposal at once, then better ones.

Courses are planned one after another, the most pressing first, each at its own
optimum given what the others hold. To improve that, some courses that are in each
other's way give back their times and are planned again in another order; what is
better is kept. Nobody is ever planned onto time that another course holds, so every
proposal can be booked as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from courses.errors import Refusal
from scheduler.planning.calendar import Calendars, PlannedClaim
from scheduler.planning.crowd import (
    CourseToPlan,
    Proposal,
    Total,
    claims_of,
    total_of,
    weighed,
)
from scheduler.planning.making_way import Improving
from scheduler.planning.objective import BITS, Cost, Objective
from scheduler.planning.problem import Plan
from scheduler.planning.recombining import Choice, Recombining
from scheduler.planning.sharing import SharedCalendars, rows_of
from scheduler.planning.solving import Solving

# Claims that a course may not make this time, although they are free.
Barred = Mapping[str, Sequence[PlannedClaim]]
NOTHING_BARRED: Barred = {}
MOST = Cost(broken_windows=1 << BITS["broken_windows"])


@dataclass
class _Standing:
    """What is known of one course while the search goes on."""

    course: CourseToPlan
    plan: Plan | None = None
    # Its plan if it had the clinic to itself: it never gets a better one.
    alone: Plan | None = None
    is_hopeless: bool = False


class Repair:
    """The courses, the calendar they share, and the best proposal so far."""

    def __init__(self, courses: Sequence[CourseToPlan], calendars: Calendars) -> None:
        self.courses = tuple(sorted(courses, key=lambda course: course.urgency))
        self.objective = (
            self.courses[0].problem.objective if self.courses else Objective()
        )
        self.shared = SharedCalendars(calendars)
        self.solving = Solving(self.shared)
        self.recombining = Recombining()
        self.steps = 0
        self._known = {course.key: _Standing(course) for course in self.courses}
        for course in self.courses:
            self.shared.take(course.key, course.standing)

    def first(self) -> Proposal:
        """Return the proposal that planning one course after another gives."""
        for course in self.courses:
            self._plan_beside(course.key)
        self._check(self._known)
        return self.proposal()

    def resume(self, plans: Mapping[str, Plan]) -> bool:
        """Go on from what was proposed before; tell whether all of it is possible.

        The plans have been checked against the calendars of today, one by one.
        """
        for key, plan in plans.items():
            self.shared.give_back(key)
            self._known[key].plan = plan
        for key, plan in plans.items():
            if self.shared.in_the_way(claims_of(plan)):
                return False
            self.shared.take(key, claims_of(plan))
        return True

    def proposal(self) -> Proposal:
        """Return the times that the courses have now."""
        plans = {k: known.plan for k, known in self._known.items() if known.plan}
        total = self._total(list(self._known))
        return Proposal(
            plans=plans,
            unplaced={
                key: self._reasons(known)
                for key, known in self._known.items()
                if not known.plan
            },
            total=total,
            cost=Cost(**dict(zip(self.objective.order, total.terms, strict=True))),
            steps=self.steps,
            is_best=not self.discontent() and not self.solving.gave_up,
        )

    def _reasons(self, known: _Standing) -> tuple[Refusal, ...]:
        """Return why the course has no plan: because of the others, or by itself."""
        key = known.course.key
        held = self.shared.give_back(key)
        found = self.solving.reasons(known.course, alone=known.is_hopeless)
        self.shared.take(key, held)
        return found

    def catch_up(self) -> Proposal:
        """Plan the courses that have no plan yet beside the others, and go on."""
        for course in self.courses:
            if self._known[course.key].plan is None:
                self._plan_beside(course.key)
                self._check([course.key])
        return self.proposal()

    def recall(self, alone: Mapping[str, Plan]) -> None:
        """Know again what these courses would have at best on this very calendar."""
        for key, plan in alone.items():
            self._known[key].alone = plan

    def known_alone(self) -> Mapping[str, Plan]:
        """Return what courses would have at best, as far as that was looked for."""
        return {k: known.alone for k, known in self._known.items() if known.alone}

    def improved(
        self, *, seed: int = 0, steps: int | None = None
    ) -> Iterator[Proposal]:
        """Yield the best proposal after each try; it never gets worse.

        Ends when no better proposal exists, when nothing is left to try, or after so
        many `steps`. Whoever iterates may stop at any time. The same seed gives the
        same proposals.
        """
        for key, known in self._known.items():
            self._offered(key, None)
            self._offered(key, known.plan)
        search = Improving(self, Random(seed))  # noqa: S311 - nothing is secret here
        last = None if steps is None else self.steps + steps
        now = self.proposal()
        while not now.is_best and not search.is_over and self.steps != last:
            self.steps += 1
            search.step()
            if self._recombine():
                search.begin_again()
            now = self.proposal()
            yield now

    def _recombine(self) -> bool:
        """Take the best of all plans that were found; tell whether that is better."""
        is_better = False
        for course, plan in self.solving.fresh():
            choice = self._offered(course.key, plan)
            below = sum(self._weighed(key, k.plan) for key, k in self._known.items())
            better = choice and self.recombining.best_with(choice, below)
            if better:
                self._choose(better)
                is_better = True
        return is_better

    def _offered(self, key: str, plan: Plan | None) -> Choice | None:
        known = self._known[key]
        claims = claims_of(plan) if plan else known.course.standing
        return self.recombining.add(
            key, plan, self._weighed(key, plan), rows_of(claims)
        )

    def _weighed(self, key: str, plan: Plan | None) -> int:
        """Return what a course costs as one number, to be summed up."""
        return weighed(self._sum_of([key], [plan]))

    def _choose(self, choices: Sequence[Choice]) -> None:
        changed = [c for c in choices if self._known[c.key].plan is not c.plan]
        self._put_back({choice.key: choice.plan for choice in changed})
        for choice in changed:
            if choice.plan is not None:
                # It may stem from a try that wasn't kept, and so wasn't checked.
                held = self.shared.give_back(choice.key)
                self.solving.check_beside(self._known[choice.key].course, choice.plan)
                self.shared.take(choice.key, held)

    def know_alone(self, key: str) -> None:
        """Learn what the course would cost if it had the clinic to itself."""
        known = self._known[key]
        known.alone = self.solving.alone(known.course)
        # What stands in its way are not the others, if it has no plan even so.
        known.is_hopeless = known.alone is None

    def alone(self, key: str) -> Plan | None:
        """Return the best plan that the course could have, if that is known."""
        return self._known[key].alone

    def loss(self, key: str) -> int:
        """Return what the others cost the course; very much while unknown."""
        known = self._known[key]
        if known.plan is None or known.alone is None:
            return self.objective.packed(MOST)
        packed = self.objective.packed
        return packed(known.plan.cost) - packed(known.alone.cost)

    def staying(self, key: str) -> tuple[PlannedClaim, ...]:
        """Return what the course claims for visits that stay where they were told."""
        known = self._known[key]
        told, plan = known.course.problem.told, known.plan
        return tuple(
            claim
            for session in (plan.sessions if plan else ())
            if session.key in told
            and told[session.key].placement.starts_at == session.starts_at
            for claim in session.claims
        )

    def moves_any(self, key: str) -> bool:
        """Tell whether a visit of the course is told another time, or gets none."""
        known = self._known[key]
        has_told = bool(known.course.problem.told)
        return has_told and (known.plan is None or known.plan.cost.told_again > 0)

    def discontent(self) -> list[str]:
        """Return the courses that might be better off, if others made way."""
        return [key for key, known in self._known.items() if self._may_gain(known)]

    def planned_anew(
        self,
        order: Sequence[str],
        barred: Barred = NOTHING_BARRED,
    ) -> bool:
        """Plan these courses again, one after another; keep it only if it is better.

        Tells whether it was kept.
        """
        before = {key: self._known[key].plan for key in order}
        old = self._total(order)
        for key in order:
            self.shared.give_back(key)
        for number, key in enumerate(order):
            now = self._least(order, number)
            below = self._room(before, order, number, now)
            is_possible = self._plan_beside(key, barred.get(key, ()), below)
            now[number] = self._known[key].plan
            if not is_possible or self._sum_of(order, now) >= old:
                self._put_back(before)
                return False
        self._check(order)
        return True

    def _least(self, order: Sequence[str], planned: int) -> list[Plan | None]:
        """Return for each course the plan that it has now, or its best one ever."""
        known = [self._known[key] for key in order]
        return [
            each.plan if number < planned else each.alone
            for number, each in enumerate(known)
        ]

    def _room(
        self,
        before: Mapping[str, Plan | None],
        order: Sequence[str],
        number: int,
        now: Sequence[Plan | None],
    ) -> int | None:
        """Return what the next plan must cost less than, or nothing is gained.

        None as long as any of the courses has no plan: then a visit is at stake.
        """
        packed, room = self.objective.packed, 0
        for place, key in enumerate(order):
            plan, least = before[key], now[place]
            if plan is None:
                return None
            room += packed(plan.cost)
            if place != number and least is not None:
                room -= packed(least.cost)
        return room

    def _check(self, keys: Iterable[str]) -> None:
        """Raise PlanIsWrong unless the last plans of these courses keep all rules."""
        for key in keys:
            if self._known[key].plan is not None:
                self.solving.check(self._known[key].course)

    def _plan_beside(
        self,
        key: str,
        barred: Sequence[PlannedClaim] = (),
        below: int | None = None,
    ) -> bool:
        """Give the course its best plan beside the others; tell whether it can stay.

        Without a plan it stays where it stands, if nobody has taken that.
        """
        known = self._known[key]
        self.shared.give_back(key)
        known.plan = None
        if not known.is_hopeless:
            known.plan = self.solving.best(known.course, barred, below)
        if known.plan is not None:
            self.shared.take(key, claims_of(known.plan))
            return True
        is_free = not self.shared.in_the_way(known.course.standing)
        if is_free:
            self.shared.take(key, known.course.standing)
        return is_free

    def _put_back(self, before: Mapping[str, Plan | None]) -> None:
        for key in before:
            self.shared.give_back(key)
        for key, plan in before.items():
            known = self._known[key]
            known.plan = plan
            self.shared.take(key, claims_of(plan) if plan else known.course.standing)

    def _total(self, keys: Sequence[str]) -> Total:
        return self._sum_of(keys, [self._known[key].plan for key in keys])

    def _sum_of(self, keys: Sequence[str], plans: Sequence[Plan | None]) -> Total:
        courses = [self._known[key].course for key in keys]
        return total_of(courses, plans, self.objective)

    def _may_gain(self, known: _Standing) -> bool:
        if known.is_hopeless:
            return False
        if known.plan is None or known.alone is None:
            return True
        packed = self.objective.packed
        return packed(known.plan.cost) > packed(known.alone.cost)
