"""Whether the planner can hold a protocol: asked before it is published.

The search is exact, and remembers the days of every session that still binds one to
come. In how many ways these can lie depends on the protocol alone. Of 302 protocols
made at random, on calendars with two to five open days a week, the 192 up to this
limit were all planned or proven impossible, within a quarter of the steps that a search
may take. Of the 110 above it, 11 were given up; the least of these had 24 times as many
ways.
"""

from collections.abc import Mapping, Sequence

from courses.errors import Refusal
from courses.rules.shapes import CourseShape
from courses.rules.wording import counted
from scheduler.planning.calendar import Visit
from scheduler.planning.graph import CourseGraph
from scheduler.planning.objective import Objective
from scheduler.planning.ordering import days_remembered, ways_to_remember
from scheduler.planning.problem import CourseProblem, Preferences
from scheduler.planning.ranging import CourseDays, short_names, with_short_names
from scheduler.planning.relations import FAR
from scheduler.planning.routes import Routes

# How many ways there may be to remember days, all steps of the search together.
MOST_REMEMBERED = 10**10


def refuse_unheld(
    course: CourseShape, visits: Mapping[str, Visit]
) -> tuple[Refusal, ...]:
    """Return why the planner couldn't hold the course; nothing if it can.

    `visits` says what each session that takes a time needs, by its key.
    """
    routes = _routes(course, visits)
    if routes is None:
        # What contradicts itself is refused for that, elsewhere.
        return ()
    if days_remembered(routes.graph, routes.layers) <= MOST_REMEMBERED:
        return ()
    labels = {n: s.label for n, s in enumerate(course.sessions)}
    memory = max(routes.memories, key=lambda one: ways_to_remember(routes.graph, one))
    widest = max(memory, key=lambda key: _reach(routes.graph, key, memory))
    names = ", ".join(labels[int(key)] for key in memory)
    days = counted(_reach(routes.graph, widest, memory), "day")
    return (
        Refusal(
            rule="protocol.too_wide",
            sentence=(
                f"A course of this protocol can't be planned exactly: {len(memory)} "
                f"sessions depend on each other at once ({names}), and "
                f"{labels[int(widest)]} may lie on {days}. Narrow its window, or take "
                "away a rule that ties these sessions together."
            ),
            session=labels[int(widest)],
        ),
    )


def _routes(course: CourseShape, visits: Mapping[str, Visit]) -> Routes | None:
    names = short_names(course)
    free = tuple(names[s.key] for s in course.sessions if s.key in visits)
    return CourseDays(
        course=with_short_names(course, names),
        free=free,
        pinned=(),
        origin=None,
        floor=0,
        start_within_days=Preferences().start_within_days,
        objective=Objective.of(course),
        travelling=frozenset(
            (names[key], visit.site)
            for key, visit in visits.items()
            if not visit.is_remote
        ),
    ).routes(CourseProblem.slack_days, FAR)


def _reach(graph: CourseGraph, key: str, memory: Sequence[str]) -> int:
    """Return how many days a session may lie on, seen from the nearest other."""
    gaps = [graph.gaps(other, key) for other in memory if other != key]
    return 1 + min(gap.most - gap.least for gap in gaps) if gaps else 1
