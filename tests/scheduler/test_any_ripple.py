"""Whatever is changed about running courses, one after another: every rule is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import uuid4

import pytest

from courses.errors import Refused
from courses.models import Course
from courses.rules.windows import deviations
from courses.shapes import course_shape
from scheduler.models import Appointment, AppointmentEvent
from scheduler.placements import placements_of
from scheduler.ripples.changes import (
    Add,
    Change,
    Extend,
    Hold,
    Move,
    Omit,
    Replace,
    Resume,
    Shorten,
)
from scheduler.ripples.diff import RippleDiff
from scheduler.ripples.trials import try_ripple
from tests.builders import DESK, NOW, TODAY, Clinic, a_clinic, an_integration
from tests.racing import double_claims
from tests.ripples import a_booked_course, commit, times

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CHANGES = 5


@pytest.mark.parametrize("seed", range(12))
def test_changes_in_any_order_leave_every_hard_rule_and_claim_whole(seed: int) -> None:
    random = Random(seed)
    clinic = a_clinic(chairs=1)
    courses = [a_booked_course(clinic, doses=3, name=f"Vega {n}") for n in range(2)]
    done, now = 0, NOW
    for _ in range(CHANGES):
        course = random.choice(courses)
        change = _any_change(random, course, clinic)
        others = {each.pk: times(each) for each in courses if each != course}
        if change is not None and _happened(course, change, clinic, now):
            done += 1
        now += timedelta(hours=random.randint(1, 30))
        assert {pk: times(each) for each in courses if (pk := each.pk) in others} == (
            others
        )
        _everything_is_whole(courses)
    assert done


def _happened(course: Course, change: Change, clinic: Clinic, now: datetime) -> bool:
    """Look and commit; tell whether it was possible."""
    try:
        found = try_ripple(
            course=course, change=change, site=clinic.site, actor=DESK, now=now
        )
    except Refused:
        return False
    if not isinstance(found, RippleDiff) or found.not_cleared:
        return False
    before = times(course)
    commit(course, found.ripple, now=now)
    after = times(course)
    shown = {v.label: v.after.starts_at for v in found.ripple.visits if v.after}
    assert after == shown
    stayed = {label for label in before if before[label] == after.get(label)}
    assert stayed >= {visit.label for visit in (*found.kept, *found.restaffed)}
    return True


def _any_change(random: Random, course: Course, clinic: Clinic) -> Change | None:
    sessions = list(course.sessions.filter(status="open"))
    visits = list(Appointment.objects.live().filter(session__course=course))
    doses = course.sessions.filter(visit_type__kind="dosing").exclude(status="omitted")
    number = doses.count()
    makers: list[Callable[[], Change]] = [
        Replace,
        lambda: Omit(random.choice(sessions).pk, "Travels"),
        lambda: Add(
            session_id=uuid4(),
            visit_type_id=an_integration().pk,
            label=f"Extra {course.sessions.count()}",
            earliest_on=TODAY + 2 * DAY,
            latest_on=TODAY + 12 * DAY,
        ),
        lambda: Extend(doses=1, seen=number),
        lambda: Shorten(doses=1, seen=number, reason="Well"),
        lambda: Hold("Travels", TODAY + 20 * DAY),
        lambda: Resume(TODAY + random.randint(4, 20) * DAY),
    ]
    if visits:
        moved = random.choice(visits)
        by = timedelta(days=random.randint(-3, 6), hours=random.choice((0, 0, 1, 3)))
        makers += [lambda: Move(moved.pk, moved.starts_at + by)] * 6
    return random.choice(makers)() if sessions else None


def _everything_is_whole(courses: list[Course]) -> None:
    assert double_claims() == 0
    for course in courses:
        placed = placements_of(course.pk)
        spans = sorted((at.starts_at, at.ends_at) for at in placed.values())
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        broken = deviations(course_shape(course), placed)
        assert [each.sentence for each in broken if each.is_hard] == []
    for appointment in Appointment.objects.select_related("session"):
        assert appointment.claims.filter(is_live=appointment.is_live).exists()
        last = AppointmentEvent.objects.filter(appointment=appointment).first()
        assert last is not None
        assert (last.revision, last.to_status) == (
            appointment.revision,
            appointment.status,
        )
