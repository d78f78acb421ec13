"""Between which days each session of a course can lie at all.

Asked twice: before the calendar is read, to know how much of it to read, and by the
planner, to know where to look. Days are numbers, counted from a day that is called 0.
What the rules leave depends on the protocol and not on whose course it is, so the
answers are kept: the next course of that protocol finds them worked out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from courses.rules.shapes import CourseShape, SessionShape
from scheduler.planning.compiling import relations_of, resting_on
from scheduler.planning.graph import CourseGraph
from scheduler.planning.objective import Objective
from scheduler.planning.relations import FAR, Deviating, Gaps
from scheduler.planning.routes import Routes, routes_of


def short_names(course: CourseShape) -> dict[str, str]:
    """Return a short name for the key of every session, the same for each course."""
    return {session.key: str(n) for n, session in enumerate(course.sessions)}


def with_short_names(course: CourseShape, names: Mapping[str, str]) -> CourseShape:
    """Return the course with its sessions called by these names."""
    sessions = (replace(s, key=names[s.key]) for s in course.sessions)
    spacing = (
        replace(rule, only=frozenset(names[key] for key in rule.only))
        if rule.only
        else rule
        for rule in course.spacing
    )
    return replace(course, sessions=tuple(sessions), spacing=tuple(spacing))


@dataclass(frozen=True)
class CourseDays:
    """A course in days: what is to be placed, what is pinned, and from when on."""

    course: CourseShape
    free: tuple[str, ...]
    # The days of the sessions that have their time.
    pinned: tuple[tuple[str, int], ...]
    # The date that is day 0, where the course names dates of its own.
    origin: date | None
    # The first day on which anything may be placed.
    floor: int
    start_within_days: int
    objective: Objective
    # Sessions that the patient travels to, and to which site.
    travelling: frozenset[tuple[str, str]] = frozenset()
    # How long one session's claims may bar another one after the patient left.
    tails: tuple[tuple[tuple[str, str], int], ...] = ()
    _graphs: dict[tuple[int, int], CourseGraph] = field(
        init=False, compare=False, default_factory=dict
    )
    _routes: dict[tuple[int, int], Routes] = field(
        init=False, compare=False, default_factory=dict
    )

    @cached_property
    def _hash(self) -> int:
        return hash((self.course, self.free, self.pinned, self.floor, self.tails))

    def __hash__(self) -> int:
        return self._hash

    def routes(self, slack: int, last: int) -> Routes | None:
        """Return how to search when soft windows may be left by `slack` days.

        Nothing lies after the day `last`. None when the rules contradict each other.
        """
        graph = self.graph(slack, last)
        if graph.is_contradictory:
            return None
        if (slack, last) not in self._routes:
            found = routes_of(graph, dict(self.travelling))
            # Another thread may have been faster; both go on with one.
            return self._routes.setdefault((slack, last), found)
        return self._routes[slack, last]

    def graph(self, slack: int, last: int) -> CourseGraph:
        """Return the course's graph when soft windows may be left by `slack` days."""
        if (slack, last) not in self._graphs:
            graph = self._graph_within(slack, last)
            return self._graphs.setdefault((slack, last), graph)
        return self._graphs[slack, last]

    def _graph_within(self, slack: int, last: int) -> CourseGraph:
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
                most = min(most, begin + self.start_within_days)
            bounds[key] = Gaps(least, most)
        return self._graph(bounds, slack)

    def last_to_read(self, slack: int) -> int:
        """Return the last day on which any session could be placed."""
        last = self.floor + self.start_within_days
        graph = self.graph(slack, FAR)
        if not graph.is_contradictory:
            last = max([graph.days(key).most for key in self.free], default=last)
        return max(last, self.floor)

    def _graph(self, bounds: Mapping[str, Gaps], slack: int) -> CourseGraph:
        pinned = dict(self.pinned)
        placed: Collection[str] = {*self.free, *pinned}
        deviating = Deviating.of(self.objective, slack)
        return CourseGraph(
            free=self.free,
            pinned=pinned,
            bounds=bounds,
            relations=[
                relation
                for relation in relations_of(
                    self.course,
                    placed,
                    deviating,
                    dict(self.tails),
                    pinned=pinned,
                    floor=self.floor,
                )
                # What is pinned may break rules among itself: nobody can mend that.
                if not {relation.first, relation.second} <= pinned.keys()
            ],
            doses=[s.key for s in self.course.sessions if s.kind == "dosing"],
        )

    def _own_days(self, session: SessionShape, last: int) -> Gaps:
        least, most = self.floor, last
        if session.earliest_on is not None and self.origin is not None:
            least = max(least, (session.earliest_on - self.origin).days)
        if session.latest_on is not None and self.origin is not None:
            most = min(most, (session.latest_on - self.origin).days)
        return Gaps(least, most)

    def _beginnings(self) -> list[str]:
        """Return the sessions that no other session and no bound holds near."""
        codes = self.course.by_code()
        placed = {*self.free, *dict(self.pinned)}
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


def shared(days: CourseDays) -> CourseDays:
    """Return an equal value that may have its answers worked out already."""
    return _shared(days)


@lru_cache(maxsize=128)
def _shared(days: CourseDays) -> CourseDays:
    return days


def origin_for(course: CourseShape, first_on: date) -> date | None:
    """Return the date of day 0 if the course depends on it."""
    has_dates = any(
        s.earliest_on is not None or s.latest_on is not None for s in course.sessions
    )
    return first_on if has_dates else None
