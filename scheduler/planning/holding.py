"""Between which days a session must be, and which other sessions hold it there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from courses.rules.shapes import Placement, SessionShape
from scheduler.planning.graph import CourseGraph
from scheduler.planning.problem import CourseProblem
from scheduler.planning.ranging import CourseDays
from scheduler.planning.relations import Gaps, Option

# Far enough to see the whole of a window.
FAR_DAYS = 1000


def graph_of(
    problem: CourseProblem,
    free: Sequence[str],
    fixed: Mapping[str, Placement],
    around: int = 0,
) -> CourseGraph:
    """Return the graph of these sessions beside those that have their time.

    Soft windows are at their widest. With `around` the course may begin and end so
    many days beyond the calendar.
    """
    line, room = problem.calendars.timeline, timedelta(days=around)
    wish = problem.preferences
    days = CourseDays(
        course=problem.course,
        free=tuple(free),
        pinned={
            key: Option(
                at.on.toordinal(), line.floor(at.starts_at), line.ceil(at.ends_at), 0
            )
            for key, at in fixed.items()
        },
        not_before=problem.first_day - room,
        preferences=replace(
            wish,
            start_on=None,
            start_within_days=wish.start_within_days + 2 * around,
        ),
        objective=problem.objective,
    )
    return days.graph(problem.slack_days, problem.calendars.last_on + room)


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
        graph = graph_of(problem, [self.key], fixed, around)
        return None if graph.is_contradictory else graph.days(self.key)

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
