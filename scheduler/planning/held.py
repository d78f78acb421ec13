"""Between which days a session must be, and which other sessions hold it there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from courses.rules.shapes import Placement, SessionShape
from scheduler.planning.graph import CourseGraph
from scheduler.planning.problem import CourseProblem
from scheduler.planning.ranging import (
    CourseDays,
    origin_for,
    shared,
    short_names,
    with_short_names,
)
from scheduler.planning.relations import Gaps

# Far enough to see the whole of a window.
FAR_DAYS = 1000


@dataclass(frozen=True)
class DaysLeft:
    """The days, as ordinals, that the rules leave sessions beside each other."""

    graph: CourseGraph
    names: Mapping[str, str]
    # The ordinal of the day that the graph calls 0.
    origin: int

    @property
    def is_contradictory(self) -> bool:
        """Tell whether the rules leave no days at all."""
        return self.graph.is_contradictory

    def days(self, key: str) -> Gaps:
        """Return the first and the last day of a session."""
        least, most = self.graph.days(self.names[key])
        return Gaps(least + self.origin, most + self.origin)

    def gaps(self, first: str, second: str) -> Gaps:
        """Return how many days the second may lie after the first."""
        return self.graph.gaps(self.names[first], self.names[second])


def days_left(
    problem: CourseProblem,
    free: Sequence[str],
    fixed: Mapping[str, Placement],
    around: int = 0,
) -> DaysLeft:
    """Return what is left to these sessions beside those that have their time.

    Soft windows are at their widest. With `around` the course may begin and end so
    many days beyond the calendar.
    """
    first_on = problem.first_day - timedelta(days=around)
    names = short_names(problem.course)
    days = CourseDays(
        course=with_short_names(problem.course, names),
        free=tuple(names[key] for key in free),
        pinned=tuple(
            (names[key], (at.on - first_on).days) for key, at in fixed.items()
        ),
        origin=origin_for(problem.course, first_on),
        floor=0,
        start_within_days=problem.preferences.start_within_days + 2 * around,
        objective=problem.objective,
    )
    last = (problem.calendars.last_on - first_on).days + around
    graph = shared(days).graph(problem.slack_days, last)
    return DaysLeft(graph, names, first_on.toordinal())


@dataclass(frozen=True)
class Holding:
    """One session beside those that have their time in `fixed`.

    `ranged` is the problem in which its days are bounded by all the other sessions.
    """

    problem: CourseProblem
    ranged: CourseProblem
    key: str
    fixed: Mapping[str, Placement]

    @cached_property
    def days(self) -> Gaps | None:
        """Return the first and the last day, as ordinals, that the rules leave."""
        gaps = self._days(self.ranged, self.fixed)
        demand = self.problem.demanded(self.key)
        wanted = demand.on
        if demand.starts_at is not None:
            wanted = demand.starts_at.astimezone(self.problem.calendars.zone).date()
        if gaps and wanted and gaps.least <= wanted.toordinal() <= gaps.most:
            return Gaps(wanted.toordinal(), wanted.toordinal())
        return gaps

    def _days(
        self, problem: CourseProblem, fixed: Mapping[str, Placement], around: int = 0
    ) -> Gaps | None:
        left = days_left(problem, [self.key], fixed, around)
        return None if left.is_contradictory else left.days(self.key)

    def because(self) -> list[str]:
        """Return the labels of the fixed sessions that hold this one where it is."""
        if self.days is None:
            return []
        # Its anchor comes first, so of several that hold it alike the anchor is named.
        held = [(label, gaps) for label, gaps in self.wanted_by() if gaps is not None]
        floor = self.problem.first_day.toordinal()
        late = max(held, key=lambda one: one[1].least, default=None)
        early = min(held, key=lambda one: one[1].most, default=None)
        found = []
        if late is not None and late[1].least > floor:
            found.append(late[0])
        if early is not None and early[1].most < floor + FAR_DAYS // 2:
            found.append(early[0])
        return list(dict.fromkeys(found))

    def wanted_by(self) -> Iterator[tuple[str, Gaps | None]]:
        """Yield each fixed session with the days that it alone would leave.

        Without a thought of when the calendar begins and ends.
        """
        far = self._days(self.problem, {}, around=FAR_DAYS)
        step = self._session.step
        order = self.problem.course.sessions
        near = {step.anchor, step.pair_of} if step else set()
        for session in sorted(
            order, key=lambda s: s.step is None or s.step.code not in near
        ):
            if session.key in self.fixed:
                fixed = {session.key: self.fixed[session.key]}
                gaps = self._days(self.problem, fixed, around=FAR_DAYS)
                if gaps != far:
                    yield session.label, gaps

    @cached_property
    def _session(self) -> SessionShape:
        return next(s for s in self.problem.course.sessions if s.key == self.key)
