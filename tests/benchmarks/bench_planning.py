"""Planning a whole course from the database, for every protocol that is shipped."""

from datetime import timedelta

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Protocol
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.models import Resource, Site
from scheduler.planning.problem import Preferences
from tests.benchmarks.harness import Report, median_milliseconds
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_course,
    a_patient,
    a_person,
    a_site,
    a_thing,
)

ROUNDS = 11
PEOPLE = (
    (("monitoring-nurse", "safety-caller"), 2, 4),
    (("prescriber", "follow-up"), 1, 3),
    (("therapist",), 1, 4),
    (("rater",), 1, 1),
)
THINGS = (("infusion-chair", 4), ("treatment-room", 2), ("consulting-room", 2))


def measure_planning_a_course(report: Report) -> None:
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_clinic_of_twenty()
    wish = Preferences(start_on=TODAY + timedelta(days=1))
    for protocol in Protocol.objects.published().order_by("code"):
        course = _on(protocol)

        def plan(course: Course = course) -> CoursePlan:
            found = plan_course(course=course, site=site, preferences=wish, now=NOW)
            if not isinstance(found, CoursePlan):
                raise RuntimeError(str(found.refusals))
            return found

        report.register(
            name=f"planning {protocol.code}, proven best",
            size=f"{len(plan().visits)} visits, 20 resources",
            value=median_milliseconds(plan, rounds=ROUNDS),
            unit="ms",
        )
    Resource.objects.filter(name__startswith="rater").update(is_active=False)
    report.register(
        name="saying why a course has no plan",
        size=f"{course.sessions.count()} sessions",
        value=median_milliseconds(
            lambda: plan_course(course=course, site=site, preferences=wish, now=NOW),
            rounds=ROUNDS,
        ),
        unit="ms",
    )


def a_clinic_of_twenty() -> Site:
    site = a_site()
    for skills, capacity, count in PEOPLE:
        for number in range(count):
            name = f"{skills[0]} {number}"
            a_person(site, can=skills, name=name, capacity=capacity)
    for skill, count in THINGS:
        for number in range(count):
            a_thing(site, kind="room", can=skill, name=f"{skill} {number}")
    return site


def _on(protocol: Protocol) -> Course:
    course = choose_protocol(
        course=a_course(a_patient(protocol.code)),
        protocol=protocol,
        actor=DESK,
        now=NOW,
    )
    return Course.objects.select_related("patient").get(pk=course.pk)
