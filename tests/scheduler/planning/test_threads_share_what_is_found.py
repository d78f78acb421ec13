"""Threads that plan the same course at once go on with one and the same answer."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from courses.rules.shapes import CourseShape, SessionShape, StepShape
from scheduler.planning.objective import Objective
from scheduler.planning.ranging import CourseDays
from scheduler.planning.routes import Routes

THREADS, ROUNDS = 4, 25


@pytest.fixture(autouse=True)
def _threads_that_switch_all_the_time() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _course(doses: int) -> CourseShape:
    steps = [
        StepShape(
            code=f"D{n}",
            name=f"D{n}",
            kind="dosing",
            anchor=f"D{n - 1}" if n else "",
            target=3,
            earliest=2,
            latest=5,
        )
        for n in range(doses)
    ]
    return CourseShape(
        tuple(SessionShape(str(n), s.name, s.kind, s) for n, s in enumerate(steps))
    )


def test_threads_that_search_one_course_at_once_search_it_by_one_route() -> None:
    course, line = _course(doses=6), Barrier(THREADS, timeout=60)

    def searched(days: CourseDays) -> Routes | None:
        line.wait()
        return days.routes(0, 60)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(ROUNDS):
            days = CourseDays(
                course=course,
                free=tuple(session.key for session in course.sessions),
                pinned=(),
                origin=None,
                floor=0,
                start_within_days=14,
                objective=Objective(),
            )
            found = list(pool.map(searched, [days] * THREADS))
            assert found[0] is not None
            assert all(one is found[0] for one in found)
