"""A plan asks the database the same few questions, however long the course is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Protocol, Session
from scheduler.course_plans import plan_course
from scheduler.models import Site
from scheduler.planning.problem import Preferences
from tests.benchmarks.busy_clinic import a_course_on
from tests.builders import DESK, NOW, TODAY, a_clinic

pytestmark = pytest.mark.django_db

# The goal is three.
MOST_QUERIES = 3


def test_the_queries_of_a_plan_are_few_and_do_not_grow_with_the_course() -> None:
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_clinic().site
    asked = {}
    for protocol in Protocol.objects.published():
        course = a_course_on(protocol, protocol.code, until_month_three=True)
        asked[protocol.code] = _queries_of_a_plan(course, site)
    short = a_course_on(
        Protocol.objects.published()[0], "short", until_month_three=False
    )
    Session.objects.filter(course=short, position__gt=4).update(status="omitted")
    asked["short"] = _queries_of_a_plan(short, site)

    assert len(set(asked.values())) == 1
    assert max(asked.values()) <= MOST_QUERIES


def _queries_of_a_plan(course: Course, site: Site) -> int:
    wish = Preferences(start_on=TODAY + timedelta(days=1))
    with CaptureQueriesContext(connection) as captured:
        plan_course(course=course, site=site, preferences=wish, now=NOW)
    return len(captured)
