"""The messages that a ripple's page names are the messages that go."""

from collections import Counter
from datetime import timedelta

import pytest

from courses.models import Course
from notifications.models import Notification
from scheduler.ripples.changes import Change, Extend, Hold, Omit
from scheduler.ripples.diff import RippleDiff
from tests.builders import NOW, TODAY, Clinic, a_clinic
from tests.notifications.scenes import dispatch, plan
from tests.ripples import a_booked_course, commit, look, moving, visit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """A course of which the patient has got every invite."""
    course = a_booked_course(clinic)
    plan()
    dispatch()
    assert Notification.objects.filter(kind="invite", status="sent").count() == 9
    return course


def _announced(shown: RippleDiff) -> Counter[tuple[str, str, str]]:
    return Counter((m.kind, m.label, m.recipient) for m in shown.messages)


def _gone() -> Counter[tuple[str, str, str]]:
    """What was planned after the change, reminders aside."""
    plan(LATER)
    rows = Notification.objects.filter(planned_at=LATER).exclude(kind="reminder")
    return Counter(rows.values_list("kind", "appointment__session__label", "recipient"))


def _told_as_announced(course: Course, change: Change, clinic: Clinic) -> None:
    shown = look(course, change, clinic.site, now=LATER)
    commit(course, shown.ripple, now=LATER)
    assert _announced(shown) == _gone()
    assert shown.messages


def test_moved_visits_are_told_by_one_invite_each(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    _told_as_announced(course, moving(d2, d2.starts_at + 3 * DAY), clinic)


def test_an_omitted_dose_is_told_by_cancellations(
    clinic: Clinic, course: Course
) -> None:
    _told_as_announced(course, Omit(visit(course, "D3").session_id, "Ill"), clinic)


def test_a_hold_is_told_by_cancellations(clinic: Clinic, course: Course) -> None:
    _told_as_announced(course, Hold("Travels", TODAY + 20 * DAY), clinic)


def test_new_visits_are_told_by_invites(clinic: Clinic, course: Course) -> None:
    _told_as_announced(course, Extend(doses=1, seen=4), clinic)
