"""Between which days each session of a course can lie at all.

Asked twice: before the calendar is read, to know how much of it to read, and by the
planner, to know where to look.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from courses.rules.shapes import CourseShape, SessionShape
from scheduler.planning.compiling import relations_of, resting_on
from scheduler.planning.graph import CourseGraph
from scheduler.planning.objective import Objective
from scheduler.planning.problem import Preferences
from scheduler.planning.relations import FAR, Deviating, Gaps, Option


@dataclass(frozen=True)
class CourseDays:
    """A course in days: what is to be placed, what is pinned, and from when on."""

    course: CourseShape
    free: tuple[str, ...]
    pinned: Mapping[str, Option]
    not_before: date
    preferences: Preferences
    objective: Objective
    # How long one session's claims may bar another one after the patient left.
    tails: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def floor(self) -> int:
        """Return the first day, as an ordinal, on which anything may be placed."""
        start_on = self.preferences.start_on or self.not_before
        return max(self.not_before, start_on).toordinal()

    def graph(self, slack: int, last_on: date | None = None) -> CourseGraph:
        """Return the course's graph when soft windows may be left by `slack` days."""
        last = last_on.toordinal() if last_on else FAR
        bounds = {
            session.key: self._own_days(session, last)
            for session in self.course.sessions
            if session.key in self.free
        }
        first_days = self._graph(bounds, slack=0)
        if first_days.is_contradictory:
            first_days = self._graph(bounds, slack)
        for key in self._beginnings():
            least, most = bounds[key]
            if not first_days.is_contradictory:
                begin = first_days.days(key).least
                most = min(most, begin + self.preferences.start_within_days)
            bounds[key] = Gaps(least, most)
        return self._graph(bounds, slack)

    def to_read(self, slack: int) -> tuple[date, date]:
        """Return the first and the last day on which any session could be placed."""
        graph = self.graph(slack)
        last = self.floor + self.preferences.start_within_days
        if not graph.is_contradictory:
            last = max([graph.days(key).most for key in self.free], default=last)
        return date.fromordinal(self.floor), date.fromordinal(max(last, self.floor))

    def _graph(self, bounds: Mapping[str, Gaps], slack: int) -> CourseGraph:
        placed: Collection[str] = {*self.free, *self.pinned}
        deviating = Deviating.of(self.objective, slack)
        return CourseGraph(
            free=self.free,
            pinned=self.pinned,
            bounds=bounds,
            relations=relations_of(self.course, placed, deviating, self.tails),
            doses=[s.key for s in self.course.sessions if s.kind == "dosing"],
        )

    def _own_days(self, session: SessionShape, last: int) -> Gaps:
        least, most = self.floor, last
        if session.earliest_on is not None:
            least = max(least, session.earliest_on.toordinal())
        if session.latest_on is not None:
            most = min(most, session.latest_on.toordinal())
        return Gaps(least, most)

    def _beginnings(self) -> list[str]:
        """Return the sessions that no other session and no bound holds near."""
        codes = self.course.by_code()
        placed = {*self.free, *self.pinned}
        return [
            session.key
            for session in self.course.sessions
            if session.key in self.free
            and session.latest_on is None
            and (
                session.step is None
                or not resting_on(session.step, codes.get, placed).anchor
            )
        ]
