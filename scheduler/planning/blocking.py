"""The fewest sessions that can't be placed together: the proof in its smallest form.

A part of a course that has no plan proves that the whole has none. Sessions are left
out one after another for as long as there is still no plan; what stays are those that
are in each other's way, and every one of them matters.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from courses.rules.shapes import SessionShape, StepShape
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.compiling import resting_on
from scheduler.planning.held import DaysLeft, days_left
from scheduler.planning.objective import Objective
from scheduler.planning.problem import CourseProblem, Plan

# Answers a problem with its best plan, or None when there is none.
Solve = Callable[[CourseProblem], Plan | None]

# Of a long chain of sessions in each other's way, so many are tried to be left out.
MOST_LEFT_OUT = 8

# Whether there is a plan doesn't depend on what else it costs.
ANY_PLAN = Objective(order=("broken_windows", "days_outside"))


def unplaced(problem: CourseProblem) -> list[str]:
    """Return the keys of the sessions to be placed, in the order of the course."""
    return [
        session.key
        for session in problem.course.sessions
        if session.key in problem.visits and session.key not in problem.pinned
    ]


@dataclass(frozen=True)
class Parts:
    """A course of which some sessions are looked at without the others.

    A part has a plan whenever the whole has one: whatever the sessions that are left
    out would ask of the others is dropped, or follows from the rules of the whole.
    """

    problem: CourseProblem

    @cached_property
    def left(self) -> DaysLeft:
        """Return the days of the whole course, soft windows at their widest."""
        return days_left(self.problem, unplaced(self.problem), self.problem.pinned)

    def only(self, keys: Collection[str], *, in_range: bool = True) -> CourseProblem:
        """Return the problem of placing only these sessions beside the pinned ones.

        With `in_range` each stays between the days that the whole course leaves it.
        """
        problem = self.problem
        kept = {*keys, *problem.pinned}
        days = (problem.calendars.last_on - problem.calendars.first_on).days
        sessions = tuple(
            self._apart(session, kept, in_range=in_range)
            for session in problem.course.sessions
        )
        return replace(
            problem,
            course=replace(problem.course, sessions=sessions),
            visits={k: visit for k, visit in problem.visits.items() if k in kept},
            preferences=replace(problem.preferences, start_within_days=days + 1),
            objective=ANY_PLAN,
        )

    def _apart(
        self, session: SessionShape, kept: Collection[str], *, in_range: bool
    ) -> SessionShape:
        if session.key not in kept or session.key in self.problem.pinned:
            return session
        step = session.step and self._rehung(session, session.step, kept)
        if not in_range or self.left.is_contradictory:
            return replace(session, step=step)
        least, most = self.left.days(session.key)
        return replace(
            session,
            step=step,
            earliest_on=date.fromordinal(least),
            latest_on=date.fromordinal(most),
        )

    def _rehung(
        self, session: SessionShape, step: StepShape, kept: Collection[str]
    ) -> StepShape:
        """Return the step hung on the nearest anchor that is kept.

        By as many days as the windows on the way there leave, each at its widest.
        """
        codes = self.problem.course.by_code()
        placed = {*self.problem.visits, *self.problem.pinned}
        resting = resting_on(step, codes.get, placed)
        anchor = codes.get(resting.anchor)
        if anchor is None or anchor.key in kept:
            return step
        while anchor is not None and anchor.key not in kept:
            above = anchor.step and resting_on(anchor.step, codes.get, placed)
            anchor = codes.get(above.anchor) if above else None
        free = replace(step, anchor="", minimum_hours=0, maximum_hours=0)
        if anchor is None or self.left.is_contradictory:
            return free
        gaps = self.left.gaps(anchor.key, session.key)
        return replace(
            free,
            anchor=anchor.step.code if anchor.step else "",
            unit="days",
            target=gaps.least,
            earliest=gaps.least,
            latest=gaps.most,
            is_hard=True,
        )


@dataclass(frozen=True)
class Blocking:
    """Sessions that have no plan together; without any one of them there is one.

    Of a long chain of them only so many are tried to be left out: what is said of it
    is true, if not the shortest. `sessions` is in the order of the course, and empty
    when only the day by which a course must begin stands in the way.
    """

    problem: CourseProblem
    solve: Solve

    @cached_property
    def parts(self) -> Parts:
        """Return the course to be looked at in parts."""
        return Parts(self.problem)

    @cached_property
    def sessions(self) -> tuple[str, ...]:
        """Return the keys of the sessions."""
        keys = unplaced(self.problem)
        if self._has_plan(keys):
            return ()
        needed = self._shortest_end(self._shortest_beginning(keys))
        # Without the first or the last of them there is a plan, as was just seen.
        for key in needed[1:-1][:MOST_LEFT_OUT]:
            fewer = [other for other in needed if other != key]
            if not self._has_plan(fewer):
                needed = fewer
        return tuple(needed)

    def _shortest_beginning(self, keys: list[str]) -> list[str]:
        """Return the first sessions of the course, as few as have no plan."""
        fit, fail = 0, len(keys)
        while fail - fit > 1:
            middle = (fit + fail) // 2
            if self._has_plan(keys[:middle]):
                fit = middle
            else:
                fail = middle
        return keys[:fail]

    def _shortest_end(self, keys: list[str]) -> list[str]:
        """Return the last of these sessions, as few as have no plan."""
        fail, fit = 0, len(keys)
        while fit - fail > 1:
            middle = (fit + fail) // 2
            if self._has_plan(keys[middle:]):
                fit = middle
            else:
                fail = middle
        return keys[fail:]

    def _has_plan(self, keys: Collection[str]) -> bool:
        try:
            return self.solve(self.parts.only(keys)) is not None
        except SearchTooLong:
            # Nothing is proven, so nothing may be left out on the strength of it.
            return True
