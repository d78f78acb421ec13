"""The fewest sessions that can't be placed together: the proof in its smallest form.

A part of a course that has no plan proves that the whole has none. Sessions are left
out one after another for as long as there is still no plan; what stays are those that
are in each other's way, and every one of them matters.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from courses.rules.shapes import SessionShape
from scheduler.planning.clocks import SearchTooLong
from scheduler.planning.objective import Objective
from scheduler.planning.problem import CourseProblem, Plan
from scheduler.planning.ranging import CourseDays
from scheduler.planning.relations import Option

# Answers a problem with its best plan, or None when there is none.
Solve = Callable[[CourseProblem], Plan | None]

# Whether there is a plan doesn't depend on what else it costs.
ANY_PLAN = Objective(order=("broken_windows", "days_outside"))


def within_ranges(problem: CourseProblem) -> CourseProblem:
    """Return the problem with the days that its rules leave each session said aloud.

    So a session stays between them when those that hold it there are left out.
    """
    zone = problem.calendars.zone
    line = problem.calendars.timeline
    days = CourseDays(
        course=problem.course,
        free=tuple(unplaced(problem)),
        pinned={
            key: Option(
                at.on.toordinal(), line.floor(at.starts_at), line.ceil(at.ends_at), 0
            )
            for key, at in problem.pinned.items()
        },
        not_before=problem.not_before.astimezone(zone).date(),
        preferences=problem.preferences,
        objective=problem.objective,
    )
    graph = days.graph(problem.slack_days, problem.calendars.last_on)
    if graph.is_contradictory:
        return problem

    def bounded(session: SessionShape) -> SessionShape:
        if session.key not in days.free:
            return session
        least, most = graph.days(session.key)
        return replace(
            session,
            earliest_on=date.fromordinal(least),
            latest_on=date.fromordinal(most),
        )

    sessions = tuple(bounded(session) for session in problem.course.sessions)
    return replace(problem, course=replace(problem.course, sessions=sessions))


def unplaced(problem: CourseProblem) -> list[str]:
    """Return the keys of the sessions to be placed, in the order of the course."""
    return [
        session.key
        for session in problem.course.sessions
        if session.key in problem.visits and session.key not in problem.pinned
    ]


def only_these(problem: CourseProblem, keys: Collection[str]) -> CourseProblem:
    """Return the problem of placing only these sessions beside the pinned ones.

    It has a plan whenever the whole has one: what held a session near, and is left
    out, doesn't hold it any more.
    """
    days = (problem.calendars.last_on - problem.calendars.first_on).days
    wish = replace(problem.preferences, start_within_days=days + 1)
    return replace(
        problem,
        visits={
            key: visit
            for key, visit in problem.visits.items()
            if key in keys or key in problem.pinned
        },
        preferences=wish,
        objective=ANY_PLAN,
    )


@dataclass(frozen=True)
class Blocking:
    """Sessions that have no plan together; without any one of them there is one.

    `sessions` is in the order of the course, and empty when only the day by which a
    course must begin stands in the way.
    """

    whole: CourseProblem
    solve: Solve

    @cached_property
    def problem(self) -> CourseProblem:
        """Return the problem with the range of days of each session."""
        return within_ranges(self.whole)

    @cached_property
    def sessions(self) -> tuple[str, ...]:
        """Return the keys of the sessions."""
        keys = unplaced(self.problem)
        if self._has_plan(keys):
            return ()
        alone = next((key for key in keys if not self._has_plan([key])), None)
        if alone is not None:
            return (alone,)
        needed = self._shortest_beginning(keys)
        for key in list(needed):
            fewer = [other for other in needed if other != key]
            if len(fewer) > 1 and not self._has_plan(fewer):
                needed = fewer
        return tuple(needed)

    def _shortest_beginning(self, keys: list[str]) -> list[str]:
        """Return the first sessions of the course, as few as have no plan."""
        fit, fail = 1, len(keys)
        while fail - fit > 1:
            middle = (fit + fail) // 2
            if self._has_plan(keys[:middle]):
                fit = middle
            else:
                fail = middle
        return keys[:fail]

    def _has_plan(self, keys: Collection[str]) -> bool:
        try:
            return self.solve(only_these(self.problem, keys)) is not None
        except SearchTooLong:
            # Nothing is proven, so nothing may be left out on the strength of it.
            return True
