"""Booking: a whole course at once, a refusal, and 32 people after one chair."""

import itertools
import statistics
import time

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.actions.choose_protocol import choose_protocol
from courses.errors import Refused
from courses.models import Course, Session
from scheduler.actions.book_course import book_course
from scheduler.availability import free_starts
from scheduler.course_plans import CoursePlan, PlannedVisit
from scheduler.models import Appointment
from scheduler.planning.objective import Cost
from tests.benchmarks.concurrent_booking import BOOKERS, hold_contest
from tests.benchmarks.harness import Report, median_milliseconds
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_protocol,
    an_eligible_assessment,
    at,
)
from tests.desk import an_approved_session, book

ROUNDS = 100
SESSIONS = 16
DOSING_DAYS = (1, 3, 7, 9, 14, 16, 21, 23)
LOCKS = ("FOR NO KEY UPDATE", "FOR UPDATE")


class _UndoneAfterwards(Exception):
    """Takes the booking back, so that the same plan can be booked again."""


def measure_booking_a_course(report: Report) -> None:
    clinic = a_clinic()
    course, plan = _a_planned_course(clinic)
    size = f"{len(plan.visits)} sessions"
    milliseconds = [_booked_and_undone(course, plan) for _ in range(21)]
    with CaptureQueriesContext(connection) as captured:
        _booked_and_undone(course, plan)
    asked = [each["sql"] for each in captured.captured_queries if _is_asked(each)]
    report.register(
        name="booking a course in one transaction",
        size=size,
        value=statistics.median(milliseconds[1:]),
        unit="ms",
        at_most=10,
    )
    name = "queries for it beyond the locks"
    if connection.vendor == "sqlite":
        name = "queries for it, locks included"
    report.register(
        name=name,
        size=size,
        value=len(asked),
        unit="queries",
        # SQLite's locking reads look like any other, so they can't be told apart.
        at_most=6 if connection.vendor == "postgresql" else None,
    )


def _is_asked(query: dict[str, str]) -> bool:
    sql = query["sql"].lstrip("( \n")
    is_data = sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
    return is_data and not any(lock in sql for lock in LOCKS)


def _a_planned_course(clinic: Clinic) -> tuple[Course, CoursePlan]:
    """A plan by hand, each visit at nine or so: planning has figures of its own."""
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    protocol = a_protocol(doses=SESSIONS // 2)
    course = choose_protocol(course=course, protocol=protocol, actor=DESK, now=NOW)
    visits = []
    for number, day in enumerate(DOSING_DAYS, start=1):
        for code, on in ((f"D{number}", day), (f"INT{number}", day + 1)):
            visits.append(_visit(course.sessions.get(step__code=code), clinic, on))
    plan = CoursePlan(
        course_id=course.pk, site=clinic.site, visits=tuple(visits), cost=Cost()
    )
    return course, plan


def _visit(session: Session, clinic: Clinic, day: int) -> PlannedVisit:
    on = at(9, day=day).date()
    slot = free_starts(
        visit_type=session.visit_type,
        site=clinic.site,
        from_on=on,
        until_on=on,
        now=NOW,
    )[0]
    return PlannedVisit(
        session_id=session.pk,
        label=session.label,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        claims=slot.fit.claims,
        visit=slot.visit,
    )


def _booked_and_undone(course: Course, plan: CoursePlan) -> float:
    """Milliseconds of the booking alone; what it wrote is rolled back."""
    try:
        with transaction.atomic():
            started = time.perf_counter()
            book_course(course=course, plan=plan, actor=DESK, now=NOW)
            elapsed = time.perf_counter() - started
            raise _UndoneAfterwards
    except _UndoneAfterwards:
        return elapsed * 1000


def measure_refusing_a_double_booking(report: Report) -> None:
    clinic = a_clinic(chairs=1)
    book(an_approved_session(), clinic.site, at(9, day=1))
    late = itertools.cycle(
        an_approved_session(a_patient("Ben", f"Ito {number}")) for number in range(10)
    )

    def be_refused() -> None:
        try:
            book(next(late), clinic.site, at(9, 15, day=1))
        except Refused:
            return
        raise SystemExit("A taken chair was booked again.")

    report.register(
        name="refusing a double booking, with its reasons",
        size="1 site",
        value=median_milliseconds(be_refused, rounds=100),
        unit="ms",
        at_most=10,
    )
    assert Appointment.objects.filter(site=clinic.site).count() == 1


def measure_many_bookers_at_once(report: Report) -> None:
    contest = hold_contest(ROUNDS)
    size = f"{BOOKERS} bookers, {ROUNDS} rounds"
    report.register(
        name="attempts to book one chair",
        size=size,
        value=contest.attempts_each_second,
        unit="a second",
        at_least=300,
    )
    report.register(
        name="double claims, deadlocks and unnamed errors",
        size=size,
        value=contest.double_claims
        + contest.half_done
        + contest.deadlocks
        + contest.strange.total(),
        unit="",
        at_most=0,
    )
