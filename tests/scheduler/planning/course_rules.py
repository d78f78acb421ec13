"""The rules of a course between two of its sessions, read from the protocol anew.

Shares nothing with the planner but the plain values of a course: for the oracle that
is asked the same question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import inf

from courses.rules.shapes import CourseShape, SessionShape, SpacingShape, StepShape
from scheduler.planning.problem import CourseProblem

DAY_MINUTES = 24 * 60
ORIGIN = ""


@dataclass(frozen=True)
class Between:
    """Something that two sessions, named by their keys, have to keep."""

    first: str
    second: str

    def days(self, slack: int) -> tuple[float, float]:
        """How many days the second lies after the first, at least and at most."""
        return -inf, inf


@dataclass(frozen=True)
class InWindow(Between):
    """The second lies in a window that is counted from the first."""

    step: StepShape

    def limits(self, slack: int) -> tuple[int, int]:
        """The widest window, in the unit in which it is judged: days or minutes."""
        step, is_days = self.step, self.step.unit == "days"
        unit, day, nearest = (1, 1, 1) if is_days else (60, DAY_MINUTES, 0)
        room = 0 if step.is_hard else slack * day
        least, most = step.earliest * unit - room, step.latest * unit + room
        # A window may be left, but the session stays on its side of the anchor.
        if step.earliest >= 0:
            least = max(least, min(step.earliest * unit, nearest))
        if step.latest <= 0:
            most = min(most, max(step.latest * unit, -nearest))
        return least, most

    def days(self, slack: int) -> tuple[float, float]:
        least, most = self.limits(slack)
        if self.step.unit == "days":
            return least, most
        return least // DAY_MINUTES - 1, -(-most // DAY_MINUTES) + 2


@dataclass(frozen=True)
class Waits(Between):
    """The second begins so many hours after the first has ended; soft."""

    hours: int

    def days(self, slack: int) -> tuple[float, float]:
        minutes = self.hours * 60 - slack * DAY_MINUTES
        return minutes // DAY_MINUTES - 1, inf


@dataclass(frozen=True)
class WaitsAtMost(Between):
    """The second begins at most so many hours after the first has ended."""

    hours: int

    def days(self, slack: int) -> tuple[float, float]:
        # A clock change may make a day two hours longer.
        return -inf, (self.hours * 60 + 120) // DAY_MINUTES + 1


@dataclass(frozen=True)
class Follows(Between):
    """The second begins when the first has ended, or later."""

    def days(self, slack: int) -> tuple[float, float]:
        return 0, inf


@dataclass(frozen=True)
class RatherFollows(Between):
    """The same, but soft: what comes later on the same day is one day late."""

    def days(self, slack: int) -> tuple[float, float]:
        return -slack, inf


@dataclass(frozen=True)
class NotOnOneDay(Between):
    """The two are never on one day."""


@dataclass(frozen=True)
class Spaced(Between):
    """Two sessions of a kind are at least, or at most, so many days apart."""

    rule: SpacingShape

    @property
    def limits(self) -> tuple[float, float]:
        is_span = self.rule.kind == "longest_span"
        return (-inf, self.rule.days) if is_span else (self.rule.days, inf)

    def days(self, slack: int) -> tuple[float, float]:
        return self.limits if self.rule.is_hard or not slack else (-inf, inf)


def free_keys(problem: CourseProblem) -> list[str]:
    """The sessions that want a place, in the order of the course."""
    return [
        session.key
        for session in problem.course.sessions
        if session.key in problem.visits and session.key not in problem.pinned
    ]


def rules_of(problem: CourseProblem) -> list[Between]:
    """Everything between two sessions of which at least one is still to be placed."""
    course = problem.course
    placed = {*free_keys(problem), *problem.pinned}
    sessions = [s for s in course.sessions if s.key in placed]
    doses = [s for s in sessions if s.kind == "dosing"]
    found = [rule for s in sessions for rule in _own(course, s, placed, doses)]
    for kind in {"dosing", *(shape.about for shape in course.spacing)}:
        alike = _by_turns(problem, [s for s in sessions if s.kind == kind])
        found += [Follows(a.key, b.key) for a, b in pairwise(alike)]
    for shape in course.spacing:
        found += _spaced(shape, problem, sessions)
    # What is pinned may break rules among itself; that is nobody's doing here.
    pinned = problem.pinned.keys()
    return [rule for rule in found if not {rule.first, rule.second} <= pinned]


def _by_turns(
    problem: CourseProblem, alike: Sequence[SessionShape]
) -> list[SessionShape]:
    """Sessions of one kind in the order in which they come, or are to come.

    Those that have their time come by it: a dose that was missed may have been made up
    for late. Each of the others follows what precedes it in the course, and whatever
    lies before the first day on which anything can be placed.
    """
    pinned = problem.pinned
    turns = sorted(
        (s for s in alike if s.key in pinned), key=lambda s: pinned[s.key].on
    )
    earlier: set[str] = set()
    for session in alike:
        if session.key not in pinned:
            over = {
                key
                for key in (s.key for s in alike)
                if key in pinned and pinned[key].on < problem.first_day
            }
            behind = [n for n, s in enumerate(turns) if s.key in earlier | over]
            turns.insert(behind[-1] + 1 if behind else 0, session)
        earlier.add(session.key)
    return turns


def _own(
    course: CourseShape,
    session: SessionShape,
    placed: set[str],
    doses: Sequence[SessionShape],
) -> Iterator[Between]:
    if session.step is None:
        return
    step = _hung(course, session.step, placed)
    anchor = course.by_code().get(step.anchor)
    if anchor is not None:
        yield InWindow(anchor.key, session.key, step)
        if step.minimum_hours:
            yield Waits(anchor.key, session.key, step.minimum_hours)
        if step.maximum_hours:
            yield WaitsAtMost(anchor.key, session.key, step.maximum_hours)
    orders = _orders(course, session, step)
    yield from (order for order in orders if {order.first, order.second} <= placed)
    barred = [] if step.is_allowed_on_dosing_day else doses
    yield from (NotOnOneDay(d.key, session.key) for d in barred if d is not session)


def _orders(
    course: CourseShape, session: SessionShape, step: StepShape
) -> Iterator[Between]:
    codes = course.by_code()
    for code in {step.after, step.pair_of} - {""}:
        yield Follows(codes[code].key, session.key)
    if step.before:
        kind = Follows if step.is_before_hard else RatherFollows
        yield kind(session.key, codes[step.before].key)


def _hung(course: CourseShape, step: StepShape, placed: set[str]) -> StepShape:
    """The step as seen from its nearest anchor that has a place, windows added up."""
    codes = course.by_code()
    while step.anchor and codes[step.anchor].key not in placed:
        middle = codes[step.anchor].step
        assert middle is not None
        mine, theirs = _whole_days(step), _whole_days(middle)
        step = replace(
            step,
            anchor=middle.anchor,
            anchor_edge=middle.anchor_edge,
            unit="days",
            earliest=mine[0] + theirs[0],
            target=mine[1] + theirs[1],
            latest=mine[2] + theirs[2],
            minimum_hours=0,
            maximum_hours=0,
        )
    return step


def _whole_days(step: StepShape) -> tuple[int, int, int]:
    if step.unit == "days":
        return step.earliest, step.target, step.latest
    return step.earliest // 24, step.target // 24, -(-step.latest // 24)


def _spaced(
    rule: SpacingShape, problem: CourseProblem, sessions: Sequence[SessionShape]
) -> Iterator[Spaced]:
    alike = _by_turns(
        problem,
        [
            session
            for session in sessions
            if session.kind == rule.about
            and (not rule.only or session.key in rule.only)
        ],
    )
    reach = len(alike) - 1
    if rule.kind == "minimum_gap":
        reach = 1
    if rule.kind == "most_in_days":
        reach = rule.count or 0
    if reach > 0:
        for first, last in zip(alike, alike[reach:], strict=False):
            yield Spaced(first.key, last.key, rule)


class DayRanges:
    """What the rules leave of days, counted from the first day of the calendars."""

    def __init__(self, problem: CourseProblem, slack: int) -> None:
        self._problem = problem
        self._free = free_keys(problem)
        rules = rules_of(problem)
        bounds = {key: self._own_bounds(key) for key in self._free}
        narrow = self._closed(rules, bounds, 0) or self._closed(rules, bounds, slack)
        for key in self._beginnings(rules):
            if narrow is not None:
                least, most = bounds[key]
                within = problem.preferences.start_within_days
                bounds[key] = least, min(most, narrow[ORIGIN, key][0] + within)
        self._ranges = self._closed(rules, bounds, slack)

    @property
    def is_possible(self) -> bool:
        """Whether there are any days that keep all rules about days."""
        return self._ranges is not None

    def days(self, key: str) -> tuple[int, int]:
        """The first and the last day of a session."""
        assert self._ranges is not None
        least, most = self._ranges[ORIGIN, key]
        return int(least), int(most)

    def may_meet(self, one: str, other: str) -> bool:
        """Whether the two sessions could be on one day."""
        assert self._ranges is not None
        least, most = self._ranges[one, other]
        return least <= 0 <= most

    def _own_bounds(self, key: str) -> tuple[float, float]:
        calendars = self._problem.calendars
        least = (self._problem.first_day - calendars.first_on).days
        most = (calendars.last_on - calendars.first_on).days
        session = next(s for s in self._problem.course.sessions if s.key == key)
        if session.earliest_on:
            least = max(least, (session.earliest_on - calendars.first_on).days)
        if session.latest_on:
            most = min(most, (session.latest_on - calendars.first_on).days)
        return least, most

    def _beginnings(self, rules: Sequence[Between]) -> list[str]:
        anchored = {rule.second for rule in rules if isinstance(rule, InWindow)}
        return [
            session.key
            for session in self._problem.course.sessions
            if session.key in self._free
            and session.key not in anchored
            and session.latest_on is None
        ]

    def _closed(
        self,
        rules: Sequence[Between],
        bounds: dict[str, tuple[float, float]],
        slack: int,
    ) -> dict[tuple[str, str], tuple[float, float]] | None:
        first_on = self._problem.calendars.first_on
        names = [ORIGIN, *self._free, *self._problem.pinned]
        most = {(a, b): 0 if a == b else inf for a in names for b in names}
        edges = [(rule.first, rule.second, *rule.days(slack)) for rule in rules]
        edges += [(ORIGIN, key, *days) for key, days in bounds.items()]
        for key, pin in self._problem.pinned.items():
            day = (pin.on - first_on).days
            edges.append((ORIGIN, key, day, day))
        for first, second, least, furthest in edges:
            most[first, second] = min(most[first, second], furthest)
            most[second, first] = min(most[second, first], -least)
        for middle in names:
            for a in names:
                for b in names:
                    through = most[a, middle] + most[middle, b]
                    most[a, b] = min(most[a, b], through)
        if any(most[name, name] < 0 for name in names):
            return None
        return {(a, b): (-most[b, a], most[a, b]) for a, b in _both_ways(names)}


def _both_ways(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for a, b in combinations(names, 2):
        yield a, b
        yield b, a
