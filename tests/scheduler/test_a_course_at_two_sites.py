"""Doses at the infusion site, therapy at the practice: one course, planned as one."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Course
from scheduler.actions.accept_new_times import accept_new_times
from scheduler.course_plans import Infeasible, plan_course, read_problem
from scheduler.errors import NotFree
from scheduler.models import Appointment, Site
from scheduler.planning.checker import check_plan
from scheduler.planning.problem import CourseProblem
from scheduler.repairs.gaps import Gap, takers_of
from scheduler.ripple_rows import diff_rows
from scheduler.ripples.changes import Add, Extend, Move, Replace
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_clinic,
    a_site,
    an_integration,
    at,
)
from tests.desk import a_course_to_plan, book, cancel, move
from tests.disruptions import away_on_the_day_of, live, looked_for
from tests.racing import double_claims
from tests.ripples import commit, look, moving
from tests.staff_pages import FRONT_DESK, a_client, text_of
from tests.two_sites import (
    SOON,
    THERAPY,
    TwoSites,
    booked,
    expected,
    planned,
    sites,
    two_sites,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> TwoSites:
    return two_sites()


def quarter_after(instant: datetime) -> datetime:
    """The first time on the grid that isn't before the instant."""
    return instant + (-instant.minute % 15) * timedelta(minutes=1)


def moving_later(course: Course, label: str) -> Move:
    """The visit moves by three days, to the same time of day."""
    visit = live(course, label)
    return moving(visit, visit.starts_at + timedelta(days=3))


def test_each_visit_is_planned_and_booked_at_its_own_site(two: TwoSites) -> None:
    course = booked(two)

    assert len(sites(course)) == 5
    assert sites(course) == expected(two, course)
    for appointment in Appointment.objects.filter(session__course=course):
        for claim in appointment.claims.select_related("resource"):
            local = claim.starts_at.astimezone(appointment.site.zone)
            assert claim.resource.working_hours.filter(
                site=appointment.site,
                weekday=local.weekday(),
                opens__lte=local.time(),
                closes__gt=local.time(),
            ).exists()
    assert not double_claims()


def test_a_plan_at_two_sites_still_takes_three_queries(two: TwoSites) -> None:
    course = a_course_to_plan()
    with CaptureQueriesContext(connection) as captured:
        planned(course, two)
    assert len(captured) == 3


def test_the_problem_of_two_sites_knows_the_hours_at_each(two: TwoSites) -> None:
    problem = read_problem(
        course=a_course_to_plan(),
        site=two.clinic.site,
        preferences=SOON,
        elsewhere=two.elsewhere,
        now=NOW,
    )
    assert isinstance(problem, CourseProblem)
    calendars = problem.calendars
    there = calendars.at(two.practice.code)
    therapist = two.clinic.therapist.pk
    here_hours = {s.starts_at for s in calendars.by_id[therapist].open}
    there_hours = {s.starts_at for s in there.by_id[therapist].open}
    assert here_hours
    assert there_hours
    assert not here_hours & there_hours


def test_sites_with_different_clocks_are_refused_with_what_to_do(two: TwoSites) -> None:
    far = a_site("Lakeside", zone="America/Chicago")
    found = plan_course(
        course=a_course_to_plan(),
        site=two.clinic.site,
        preferences=SOON,
        elsewhere={"integration": far},
        now=NOW,
    )
    assert isinstance(found, Infeasible)
    (refusal,) = found.refusals
    assert refusal.rule == "plan.two_clocks"
    assert "Lakeside" in refusal.sentence
    assert "book the visits at Lakeside one by one" in refusal.sentence


def test_a_kind_that_nobody_serves_there_is_refused_with_the_name_of_the_site(
    two: TwoSites,
) -> None:
    empty = a_site("Empty House")
    found = plan_course(
        course=a_course_to_plan(),
        site=two.clinic.site,
        preferences=SOON,
        elsewhere={"integration": empty},
        now=NOW,
    )
    assert isinstance(found, Infeasible)
    assert "at Empty House" in found.refusals[0].sentence


def test_a_visit_is_not_booked_where_the_patient_can_not_be_in_time(
    two: TwoSites,
) -> None:
    two.practice.travel_minutes = 45
    two.practice.save(update_fields=["travel_minutes"])
    course = a_course_to_plan()
    dose = course.sessions.get(label="D1")
    appointment = book(dose, two.clinic.site, at(9, day=3))
    pair = course.sessions.get(label="PREP1")
    course.sessions.filter(pk=pair.pk).update(step=None)
    pair.refresh_from_db()
    ends = appointment.ends_at

    with pytest.raises(NotFree) as refused:
        book(pair, two.practice, quarter_after(ends + timedelta(minutes=15)))
    (refusal,) = [r for r in refused.value.refusals if "travelling" in r.rule]
    assert two.clinic.site.name in refusal.sentence
    assert "45 minutes" in refusal.sentence

    later = max(quarter_after(ends + timedelta(minutes=45)), at(13, day=3))
    assert book(pair, two.practice, later).site == two.practice


def test_a_visit_is_not_moved_where_the_patient_can_not_be_in_time(
    two: TwoSites,
) -> None:
    course = booked(two)
    dose, prep = live(course, "D1"), live(course, "PREP1")
    Site.objects.filter(pk=two.practice.pk).update(travel_minutes=240)

    with pytest.raises(NotFree) as refused:
        move(prep, quarter_after(dose.ends_at + timedelta(minutes=60)))

    assert any(r.rule == "patient.travelling" for r in refused.value.refusals)


def test_a_ripple_keeps_every_visit_at_its_site(two: TwoSites) -> None:
    course = booked(two, doses=3)
    change = moving_later(course, "D2")

    diff = look(course, change, two.clinic.site)
    moved = {visit.label for visit in diff.ripple.of("moved")}
    assert moved >= {"D2", "INT2", "D3", "INT3"}
    commit(course, diff.ripple)

    assert sites(course) == expected(two, course)
    assert live(course, "D2").starts_at == change.starts_at
    assert not double_claims()


def test_a_session_without_a_time_goes_where_the_last_of_its_kind_is(
    two: TwoSites,
) -> None:
    course = booked(two)
    cancel(live(course, "INT2"))

    diff = look(course, Replace(), two.clinic.site)
    commit(course, diff.ripple)

    assert sites(course) == expected(two, course)
    assert live(course, "INT2").site == two.practice


def test_more_doses_go_to_the_site_of_doses_and_their_therapy_to_its_own(
    two: TwoSites,
) -> None:
    course = booked(two)

    diff = look(course, Extend(1, 2, "Not there yet"), two.clinic.site)
    commit(course, diff.ripple)

    names = sites(course)
    assert len(names) == 7
    kinds = dict(
        Appointment.objects.live()
        .filter(session__course=course)
        .values_list("session__label", "session__visit_type__kind")
    )
    for label, name in names.items():
        is_dose = kinds[label] == "dosing"
        assert name == (two.clinic.site if is_dose else two.practice).name


def test_an_added_session_goes_to_the_chosen_site(two: TwoSites) -> None:
    course = booked(two)
    change = Add(
        session_id=uuid4(),
        visit_type_id=an_integration().pk,
        label="Extra",
        earliest_on=TODAY + timedelta(days=20),
        target_on=TODAY + timedelta(days=20),
        latest_on=TODAY + timedelta(days=27),
        reason="Asked for",
    )

    diff = look(course, change, two.clinic.site)
    commit(course, diff.ripple)

    assert sites(course)["Extra"] == two.clinic.site.name


def test_new_times_after_a_sick_day_stay_at_the_site_of_each_visit(
    two: TwoSites,
) -> None:
    courses = [booked(two, name=f"Patient{n}") for n in range(3)]
    sick = live(courses[0], "INT1").claims.get(party="therapist").resource
    closure = away_on_the_day_of(sick, live(courses[0], "INT1"))

    search = looked_for(closure, two.practice)
    assert search.found.plans
    accept_new_times(
        crowd=search.crowd,
        plans=search.found.plans,
        chosen=set(search.found.plans),
        actor=DESK,
        now=NOW,
    )

    for course in courses:
        assert sites(course) == expected(two, course)
    assert not double_claims()


def test_a_gap_at_one_site_is_not_offered_to_therapy_at_the_other(
    two: TwoSites,
) -> None:
    first, second = booked(two, name="One"), booked(two, name="Two")
    gone = live(first, "INT1")
    cancel(gone)

    gap = Gap(
        two.clinic.site, gone.starts_at, gone.session.visit_type, gone.session.course_id
    )
    assert takers_of(gap, now=NOW).found == ()
    there = replace(gap, site=two.practice)
    for filling in takers_of(there, now=NOW).found:
        member = takers_of(there, now=NOW).member(filling)
        check_plan(member.to_plan.problem, filling.plan)
        assert member.course == second


def test_the_command_plans_and_books_at_two_sites(two: TwoSites) -> None:
    course = a_course_to_plan()
    out = StringIO()
    call_command(
        "plan_course",
        str(course.pk),
        site=two.clinic.site.code,
        elsewhere=[f"{kind}={two.practice.code}" for kind in THERAPY],
        start_on=str(TODAY + timedelta(days=1)),
        book=True,
        stdout=out,
    )
    assert f"at {two.practice.name}" in out.getvalue()
    assert sites(course) == expected(two, course)


def test_the_command_says_how_a_kind_and_its_site_are_written(two: TwoSites) -> None:
    course = a_course_to_plan()
    with pytest.raises(CommandError, match="KIND=SITE"):
        call_command(
            "plan_course",
            str(course.pk),
            site=two.clinic.site.code,
            elsewhere=["integration=nowhere"],
        )


def wishes(two: TwoSites, course: Course, **more: Any) -> dict[str, Any]:
    return {
        "protocol": course.protocol_id,
        "site": two.clinic.site.pk,
        "start_on": TODAY + timedelta(days=1),
        **{f"at_{kind}": two.practice.pk for kind in THERAPY},
        **more,
    }


@pytest.mark.usefixtures("monday_morning")
def test_the_page_asks_where_each_kind_is_and_shows_and_books_it_there(
    two: TwoSites,
) -> None:
    course, desk = a_course_to_plan(), a_client(FRONT_DESK)
    address = f"/courses/{course.pk}/plan/"

    asked = text_of(desk.get(address))
    assert "Integration at" in asked
    assert "Dosing at" in asked

    page = desk.post(address, wishes(two, course))
    assert f"at {two.practice.name}" in text_of(page)
    seen = page.context["plan"].seen
    desk.post(address, wishes(two, course, accept="book", seen=seen))
    assert sites(course) == expected(two, course)


@pytest.mark.usefixtures("monday_morning")
def test_a_clinic_with_one_site_on_its_clocks_is_not_asked_where_visits_are() -> None:
    a_clinic()
    a_site("Lakeside", zone="America/Chicago")
    course = a_course_to_plan()
    page = a_client(FRONT_DESK).get(f"/courses/{course.pk}/plan/")
    assert "Integration at" not in text_of(page)


@pytest.mark.usefixtures("monday_morning")
def test_the_page_proposes_where_the_last_visits_of_a_kind_were(two: TwoSites) -> None:
    course = booked(two)
    cancel(live(course, "INT2"))
    page = a_client(FRONT_DESK).get(f"/courses/{course.pk}/plan/")
    form = page.context["form"]
    assert (
        form.get_initial_for_field(form.fields["at_integration"], "at_integration")
        == two.practice
    )


@pytest.mark.usefixtures("monday_morning")
def test_the_next_free_times_are_those_of_the_site_of_the_last_visit_of_its_kind(
    two: TwoSites,
) -> None:
    course = booked(two)
    gone = live(course, "INT2")
    cancel(gone)
    page = a_client(FRONT_DESK).get(f"/sessions/{gone.session_id}/place/")
    assert page.context["site"] == two.practice


@pytest.mark.usefixtures("monday_morning")
def test_the_page_of_a_ripple_says_where_each_visit_is(two: TwoSites) -> None:
    course = booked(two)
    diff = look(course, moving_later(course, "D2"), two.clinic.site)
    rows = {row.label: row for row in diff_rows(diff)}
    assert all(row.says_site for row in rows.values())
    after = rows["INT2"].after
    assert after is not None
    assert after.site == two.practice.name
