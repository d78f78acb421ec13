"""Courses that were extended, shortened, added to or held are planned and booked."""

from datetime import datetime, timedelta

import pytest

from courses.actions.add_session import DaysFrom, add_session
from courses.actions.extend_course import extend_course
from courses.actions.hold_course import hold_course
from courses.actions.omit_session import omit_session
from courses.actions.resume_course import resume_course
from courses.actions.shorten_course import shorten_course
from courses.errors import CourseOnHold
from courses.models import Course
from scheduler.actions.book_course import book_course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.course_plans import CoursePlan, Infeasible, plan_course
from scheduler.errors import PlanOutdated
from scheduler.models import Appointment, Site
from scheduler.placements import placements_of
from scheduler.planning.problem import Preferences
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    an_eligible_assessment,
    at,
)
from tests.changed_courses import called, mark, on_protocol, visit_type
from tests.desk import book, hold
from tests.scheduler.test_plan_course import a_whole_clinic

pytestmark = pytest.mark.django_db


def planned(
    course: Course, site: Site, *, now: datetime = NOW, after_days: int = 1
) -> CoursePlan:
    start_on = TODAY + timedelta(days=after_days)
    plan = plan_course(
        course=course, site=site, preferences=Preferences(start_on=start_on), now=now
    )
    assert isinstance(plan, CoursePlan), plan
    return plan


def days(plan: CoursePlan) -> dict[str, int]:
    """The day of each visit, counted from the first dose."""
    on = {
        visit.label: visit.starts_at.astimezone(plan.site.zone).date()
        for visit in plan.visits
    }
    first = next(on[label] for label in on if label.startswith("Inf"))
    return {label: (day - first).days for label, day in on.items()}


def test_an_extended_course_is_planned_whole_with_its_review_at_the_end() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    extend_course(course=course, doses=4, actor=DESK, now=NOW)

    plan = planned(course, site)

    found = days(plan)
    assert [label for label in found if label.startswith("Infusion")] == [
        f"Infusion {number}" for number in range(1, 11)
    ]
    assert plan.cost.broken_windows == 0
    assert found["Integration, Infusion 10"] - found["Infusion 10"] in (1, 2, 3)
    assert 1 <= found["End review"] - found["Integration, Infusion 10"] <= 7
    # Longer than the span that the protocol allows to its own six.
    assert found["Infusion 10"] - found["Infusion 1"] > 21


def test_a_shortened_course_has_its_review_after_what_is_left() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    shorten_course(course=course, doses=3, reason="Well", actor=DESK, now=NOW)

    plan = planned(course, site)

    found = days(plan)
    assert max(n for label, n in found.items() if label.startswith("Inf")) <= 6
    assert "Infusion 4" not in found
    assert "Integration c" not in found
    assert 1 <= found["End review"] - found["Integration b"] <= 7
    assert plan.cost.broken_windows == 0


def test_a_repeated_dose_is_planned_with_therapy_of_its_own() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    dose = add_session(
        course=course,
        visit_type=visit_type("infusion-40"),
        label="Infusion 3, again",
        window=DaysFrom(called(course, "Infusion 3"), 2, 2, 4),
        actor=DESK,
        now=NOW,
    )
    add_session(
        course=course,
        visit_type=visit_type("integration"),
        label="Extra therapy",
        window=DaysFrom(dose, 1, 1, 3),
        pair_of=dose,
        actor=DESK,
        now=NOW,
    )

    plan = planned(course, site)

    found = days(plan)
    assert plan.cost.broken_windows == 0
    assert 2 <= found["Infusion 3, again"] - found["Infusion 3"] <= 4
    assert 2 <= found["Infusion 4"] - found["Infusion 3, again"] <= 4
    assert found["Extra therapy"] not in [
        day for label, day in found.items() if label.startswith("Infusion")
    ]


def test_all_of_it_is_booked() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    extend_course(course=course, doses=1, actor=DESK, now=NOW)
    plan = planned(course, site)
    booked = book_course(course=course, plan=plan, actor=DESK, now=NOW)
    assert "Infusion 7" in {visit.session.label for visit in booked}


def test_the_therapy_of_an_added_dose_is_canceled_and_restored_with_it() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    extend_course(course=course, doses=1, actor=DESK, now=NOW)
    book_course(course=course, plan=planned(course, site), actor=DESK, now=NOW)
    dose = Appointment.objects.get(session__label="Infusion 7")
    therapy = Appointment.objects.get(session__label="Integration, Infusion 7")

    canceled = cancel_appointment(
        appointment=dose, revision=dose.revision, reason="Unwell", actor=DESK, now=NOW
    )

    therapy.refresh_from_db()
    assert therapy.status == "cancelled"
    restore_appointment(
        appointment=canceled, revision=canceled.revision, actor=DESK, now=NOW
    )
    live = Appointment.objects.live().filter(session=therapy.session)
    assert live.count() == 1


def test_a_dose_left_out_after_planning_makes_the_plan_outdated() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    plan = planned(course, site)
    omit_session(
        session=called(course, "Infusion 3"), reason="Unwell", actor=DESK, now=NOW
    )
    with pytest.raises(PlanOutdated):
        book_course(course=course, plan=plan, actor=DESK, now=NOW)


# --- on hold ------------------------------------------------------------------------


def put_on_hold(course: Course) -> None:
    hold_course(
        course=course,
        reason="Travels",
        review_on=TODAY + timedelta(days=14),
        actor=DESK,
        now=NOW,
    )


def test_a_course_on_hold_is_booked_by_no_plan() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    plan = planned(course, site)
    put_on_hold(course)
    with pytest.raises(CourseOnHold) as refused:
        book_course(course=course, plan=plan, actor=DESK, now=NOW)
    assert str(refused.value) == (
        "This course is on hold and is looked at again on May 18."
        " Resume it before booking its visits."
    )
    assert not Appointment.objects.exists()


def test_no_single_visit_of_a_course_on_hold_is_booked_or_held() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    put_on_hold(course)
    for place in (book, hold):
        with pytest.raises(CourseOnHold):
            place(called(course, "Infusion 1"), site, at(9, day=1))


def test_an_assessment_is_booked_while_the_course_is_on_hold() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    put_on_hold(course)
    assert book(called(course, "Assessment"), site, at(9, day=1)).status == "booked"


def test_a_resumed_course_is_planned_from_the_day_on_which_it_goes_on() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    plan = planned(course, site)
    book_course(course=course, plan=plan, actor=DESK, now=NOW)
    given = ("Preparation", "Infusion 1", "Infusion 2", "Infusion 3", "Integration a")
    mark(course, "done", "Assessment", "Safety call", *given)
    Appointment.objects.exclude(
        session__label__in=("Safety call", "Assessment", *given)
    ).update(status="cancelled", sequence=1, revision=1)
    put_on_hold(course)
    from_on = TODAY + timedelta(days=50)
    now = NOW + timedelta(days=45)

    resumed = resume_course(
        course=course,
        from_on=from_on,
        placements=placements_of(course.pk),
        actor=DESK,
        now=now,
    )

    assert [finding.rule for finding in resumed.findings] == [
        "gap.review",
        "gap.refresh",
    ]
    again = planned(course, site, now=now, after_days=50)
    on = {
        visit.label: (visit.starts_at.astimezone(site.zone).date() - from_on).days
        for visit in again.visits
    }
    assert min(on.values()) >= 0
    assert on["Infusion 4"] <= 3
    assert 2 <= on["Infusion 5"] - on["Infusion 4"] <= 4
    assert again.cost.broken_windows == 0


def test_without_resuming_the_same_course_has_no_plan() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    book_course(course=course, plan=planned(course, site), actor=DESK, now=NOW)
    Appointment.objects.exclude(
        session__label__in=("Preparation", "Infusion 1")
    ).update(status="cancelled", sequence=1, revision=1)
    mark(course, "done", "Preparation", "Infusion 1")
    found = plan_course(
        course=course,
        site=site,
        preferences=Preferences(),
        now=NOW + timedelta(days=70),
    )
    assert isinstance(found, Infeasible)
