"""What two sessions of a course have to keep, as constraints of a course model."""

from collections.abc import Sequence
from itertools import combinations
from uuid import UUID

from scheduler.planning.calendar import Visit
from tests.scheduler.planning.course_model import CourseModel, Expr, Placed
from tests.scheduler.planning.course_rules import (
    DAY_MINUTES,
    Between,
    Follows,
    InWindow,
    NotOnOneDay,
    RatherFollows,
    Spaced,
    Waits,
    WaitsAtMost,
    rules_of,
)
from tests.scheduler.planning.possible_starts import is_able, parties
from tests.scheduler.planning.two_sites import (
    minutes_between,
    patient_at,
    resources_at,
)

FAR = 10**6


def add_rules(course: CourseModel) -> None:
    """Every rule of the course holds, or what breaking it costs is counted."""
    rules = rules_of(course.problem)
    for rule in rules:
        _keep(course, rule)
    order = {(r.first, r.second) for r in rules if isinstance(r, Follows)}
    pinned = course.problem.pinned
    for one, other in combinations([*pinned, *course.free], 2):
        is_free = not {one, other} <= pinned.keys()
        if is_free and course.ranges.may_meet(one, other):
            if (other, one) in order:
                one, other = other, one
            _keep_apart(course, one, other, is_ordered=(one, other) in order)


def _keep(course: CourseModel, rule: Between) -> None:
    first, second = course.placed[rule.first], course.placed[rule.second]
    gap = second.day - first.day
    least, most = rule.days(course.slack)
    course.model.add_linear_constraint(gap, int(max(least, -FAR)), int(min(most, FAR)))
    if isinstance(rule, InWindow):
        _keep_window(course, rule, first, second)
    elif isinstance(rule, NotOnOneDay):
        for key, day in course.on:
            if key == rule.first and (rule.second, day) in course.on:
                both = course.on[key, day] + course.on[rule.second, day]
                course.model.add(both <= 1)
    elif isinstance(rule, Spaced):
        if not rule.rule.is_hard and course.slack:
            is_span = rule.rule.kind == "longest_span"
            outside = gap - rule.rule.days if is_span else rule.rule.days - gap
            _may_break(course, [outside], 1, course.days + rule.rule.days)
    else:
        _keep_by_the_clock(course, rule, first, second)


def _keep_by_the_clock(
    course: CourseModel, rule: Between, first: Placed, second: Placed
) -> None:
    if isinstance(rule, Follows):
        course.model.add(second.start >= first.end)
    elif isinstance(rule, WaitsAtMost):
        course.model.add(second.start <= first.end + rule.hours * 60)
    elif isinstance(rule, Waits):
        short = first.end + rule.hours * 60 - second.start
        _may_break(course, [short], DAY_MINUTES, course.slack)
    elif isinstance(rule, RatherFollows):
        _keep_rather(course, first, second)
    else:
        raise TypeError(rule)


def _keep_rather(course: CourseModel, first: Placed, second: Placed) -> None:
    """The second follows the first, or it is early by at least one day, counted."""
    is_early = course.model.new_bool_var("")
    days = course.model.new_int_var(0, course.slack, "")
    course.model.add(second.start >= first.end).only_enforce_if(~is_early)
    course.model.add(days >= is_early)
    course.model.add(days >= first.day - second.day)
    course.add("broken_windows", is_early, 1)
    course.add("days_outside", days, course.slack)


def _keep_window(
    course: CourseModel, rule: InWindow, first: Placed, second: Placed
) -> None:
    step, is_days = rule.step, rule.step.unit == "days"
    unit, day = (1, 1) if is_days else (60, DAY_MINUTES)
    edge = first.end if step.anchor_edge == "end" else first.start
    away = second.day - first.day if is_days else second.start - edge
    least, most = rule.limits(course.slack)
    course.model.add_linear_constraint(away, least, most)
    target = step.target * unit
    furthest = max(abs(least - target), abs(most - target)) // day
    off = course.model.new_int_var(0, furthest, "")
    for side in (away - target, target - away):
        # Whole days only: what is left over doesn't count.
        course.model.add(off * day + (day - 1) >= side)
    course.add("off_target", off, furthest)
    if not step.is_hard and course.slack:
        outside = [step.earliest * unit - away, away - step.latest * unit]
        _may_break(course, outside, day, course.slack)


def _may_break(
    course: CourseModel, outside: Sequence[Expr], day: int, most: int
) -> None:
    """The rule is kept, or it is broken by at most so many begun days."""
    days = course.model.new_int_var(0, most, "")
    is_broken = course.model.new_bool_var("")
    for over in outside:
        course.model.add(days * day >= over)
    course.model.add(days <= is_broken * most)
    course.add("broken_windows", is_broken, 1)
    course.add("days_outside", days, most)


def _keep_apart(course: CourseModel, one: str, other: str, *, is_ordered: bool) -> None:
    """The patient is in one place, and waits for claims that outlast a stay."""
    first, second = course.placed[one], course.placed[other]
    after = second.start >= first.end + _wait(course, one, other)
    if is_ordered:
        course.model.add(after)
        return
    before = first.start >= second.end + _wait(course, other, one)
    is_first = course.model.new_bool_var("")
    course.model.add(after).only_enforce_if(is_first)
    course.model.add(before).only_enforce_if(~is_first)


def _wait(course: CourseModel, key: str, other: str) -> int:
    """How long the other waits: for claims, or for the way from another site.

    No clinic here is open around midnight, so the way never reaches another day.
    """
    problem = course.problem
    places = patient_at(problem, key), patient_at(problem, other)
    return max(_tail(course, key, other), minutes_between(problem, *places))


def _tail(course: CourseModel, key: str, other: str) -> int:
    """How long the claims of a session outlast it, if that can bar the other."""
    if key not in course.free or other not in course.free:
        return 0
    mine, theirs = course.problem.visits[key], course.problem.visits[other]
    if _able(course, mine) & _able(course, theirs):
        return mine.reach - mine.patient_minutes
    return 0


def _able(course: CourseModel, visit: Visit) -> set[UUID]:
    return {
        resource.resource_id
        for resource in resources_at(course.problem, visit)
        for needs in parties(visit).values()
        if is_able(resource, needs)
    }
