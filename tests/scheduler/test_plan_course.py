"""A course in the database becomes a complete plan that can be booked, or a reason."""

import json
import re
from collections.abc import Callable
from datetime import date, time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Credential, Protocol
from scheduler.actions.book_course import book_course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.appointment_history import history_written
from scheduler.course_plans import CoursePlan, Infeasible, plan_course
from scheduler.models import Appointment, AppointmentEvent, Closure, Resource, Site
from scheduler.plan_sheet import plan_sheet
from scheduler.plan_trials import Trial, trial_of_course
from scheduler.planning.problem import Preferences
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_course,
    a_patient,
    a_person,
    a_site,
    a_thing,
    an_eligible_assessment,
    at,
)

pytestmark = pytest.mark.django_db
SOON = Preferences(start_on=TODAY + timedelta(days=1))


def a_whole_clinic() -> Site:
    """One site that can serve every shipped protocol, with its library."""
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_site()
    for number in range(1, 4):
        a_thing(site, kind="chair", can="infusion-chair", name=f"Chair {number}")
        a_person(site, can=["therapist"], name=f"Therapist {number}")
    for number in range(1, 3):
        a_thing(site, kind="room", can="consulting-room", name=f"Room {number}")
        a_thing(site, kind="room", can="treatment-room", name=f"Suite {number}")
        a_person(
            site,
            can=["monitoring-nurse", "safety-caller"],
            name=f"Nurse {number}",
            capacity=2,
        )
        a_person(site, can=["prescriber", "follow-up"], name=f"Prescriber {number}")
    a_person(site, can=["rater"], name="Rater")
    return site


def on_protocol(code: str) -> Course:
    course = a_course()
    protocol = Protocol.objects.get(code=code)
    return choose_protocol(course=course, protocol=protocol, actor=DESK, now=NOW)


def planned(course: Course, site: Site, preferences: Preferences = SOON) -> CoursePlan:
    plan = plan_course(course=course, site=site, preferences=preferences, now=NOW)
    assert isinstance(plan, CoursePlan)
    return plan


@pytest.mark.parametrize(
    ("code", "doses"), [("iv-6-2w", 6), ("iv-8-4w", 8), ("kap-im-6", 6)]
)
def test_every_shipped_protocol_is_planned_whole_and_keeps_every_window(
    code: str, doses: int
) -> None:
    site = a_whole_clinic()
    course = on_protocol(code)

    plan = planned(course, site)

    placed = course.sessions.filter(visit_type__is_placed=True)
    assert {visit.session_id for visit in plan.visits} == {s.pk for s in placed}
    assert [visit.visit.kind for visit in plan.visits].count("dosing") == doses
    assert plan.cost.broken_windows == plan.cost.other_therapist == 0
    assert plan.deviations == ()
    assert all(visit.reason for visit in plan.visits)


MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)


def close_on(site: Site, *weekdays: int) -> None:
    Closure.objects.bulk_create(
        Closure(site=site, starts_at=at(0, day=day), ends_at=at(24, day=day))
        for day in range(150)
        if (TODAY + timedelta(days=day)).weekday() in weekdays
    )


@pytest.mark.parametrize(
    ("code", "closed", "broken", "days_outside"),
    [
        ("iv-6-2w", (TUESDAY, WEDNESDAY, THURSDAY), 4, 17),
        ("iv-6-2w", (MONDAY, FRIDAY), 3, 4),
        ("iv-8-4w", (TUESDAY, WEDNESDAY, FRIDAY), 7, 20),
        ("kap-im-6", (TUESDAY, WEDNESDAY, FRIDAY), 1, 1),
    ],
)
def test_a_clinic_closed_half_the_week_breaks_as_few_windows_as_can_be(
    code: str, closed: tuple[int, ...], broken: int, days_outside: int
) -> None:
    site = a_whole_clinic()
    close_on(site, *closed)

    plan = planned(on_protocol(code), site)

    cost = plan.cost
    assert (cost.broken_windows, cost.days_outside) == (broken, days_outside)
    assert any(deviation.rule == "window.anchor" for deviation in plan.deviations)


@pytest.mark.parametrize("code", ["iv-6-2w", "iv-8-4w", "kap-im-6"])
def test_a_clinic_open_one_day_a_week_is_told_that_there_is_no_plan(code: str) -> None:
    site = a_whole_clinic()
    close_on(site, MONDAY, WEDNESDAY, THURSDAY, FRIDAY)

    found = plan_course(course=on_protocol(code), site=site, preferences=SOON, now=NOW)

    assert isinstance(found, Infeasible)
    assert [refusal.rule for refusal in found.refusals] == ["plan.rules_conflict"]


def test_a_plan_is_booked_whole_and_leaves_nothing_to_plan() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    plan = planned(course, site)

    booked = book_course(course=course, plan=plan, actor=DESK, now=NOW)

    assert len(booked) == len(plan.visits)
    again = plan_course(course=course, site=site, preferences=SOON, now=NOW)
    assert isinstance(again, Infeasible)
    assert again.refusals[0].rule == "plan.nothing_to_place"


def test_a_plan_booked_whole_says_once_that_there_is_history_to_read() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    plan = planned(course, site)
    heard: list[int] = []

    def hear(**about: object) -> None:
        heard.append(AppointmentEvent.objects.count())

    history_written.connect(hear)
    try:
        book_course(course=course, plan=plan, actor=DESK, now=NOW)
    finally:
        history_written.disconnect(hear)

    assert heard == [len(plan.visits)]


def test_what_is_booked_stays_and_the_rest_is_planned_around_it() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    an_eligible_assessment(course)
    whole = planned(course, site)
    book_course(course=course, plan=whole, actor=DESK, now=NOW)
    gone = Appointment.objects.get(session__label="Infusion 4")
    cancel_appointment(
        appointment=gone, reason="test", actor=DESK, now=NOW, revision=gone.revision
    )

    rest = planned(course, site)

    assert [visit.label for visit in rest.visits] == ["Infusion 4"]
    assert rest.visits[0].starts_at == gone.starts_at
    assert len(rest.pinned) == len(whole.visits) - 1


def test_the_courses_own_therapist_serves_every_visit_that_needs_one() -> None:
    site = a_whole_clinic()
    course = on_protocol("kap-im-6")
    second = Resource.objects.get(name="Therapist 2")
    course.therapist = second.clinician
    course.save()

    plan = planned(course, site)

    served = {
        claim.resource_id
        for visit in plan.visits
        for claim in visit.claims
        if claim.party == "therapist"
    }
    assert served == {second.pk}


def test_a_closed_week_moves_the_course_and_wishes_are_met() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-8-4w")
    Closure.objects.create(
        site=site, starts_at=at(0), ends_at=at(0, day=14), reason="works"
    )

    plan = planned(course, site, Preferences(earliest=time(10), latest=time(15)))

    assert min(v.starts_at for v in plan.visits) >= at(0, day=14)
    assert plan.cost.not_preferred == 0
    assert all(14 <= visit.starts_at.hour < 19 for visit in plan.visits)


def test_without_a_rater_the_reason_names_the_session_and_the_skill() -> None:
    site = a_whole_clinic()
    course = on_protocol("iv-6-2w")
    Resource.objects.filter(name="Rater").update(is_active=False)

    answer = plan_course(course=course, site=site, preferences=SOON, now=NOW)

    assert isinstance(answer, Infeasible)
    assert answer.refusals[0].rule == "plan.no_start"
    assert answer.refusals[0].session == "Assessment"
    assert "rater" in answer.refusals[0].sentence.lower()


def test_credentials_that_have_run_out_are_named_with_their_last_day() -> None:
    site = a_whole_clinic()
    Credential.objects.filter(capability__code="rater").update(
        valid_until=TODAY - timedelta(days=3)
    )

    answer = plan_course(
        course=on_protocol("iv-6-2w"), site=site, preferences=SOON, now=NOW
    )

    assert isinstance(answer, Infeasible)
    (refusal,) = answer.refusals
    assert "nobody holds a valid credential as" in refusal.sentence
    assert "(Rater until Fri, May 1, 2026)" in refusal.sentence
    assert refusal.relaxation == "renew the credential, or choose another first day"


def test_a_course_without_protocol_says_what_to_do_first() -> None:
    answer = plan_course(course=a_course(), site=a_site(), preferences=SOON, now=NOW)

    assert isinstance(answer, Infeasible)
    assert "Choose its protocol first" in answer.refusals[0].sentence


@pytest.mark.parametrize("code", ["iv-6-2w", "kap-im-6"])
@pytest.mark.parametrize("start_on", [date(2026, 10, 20), date(2027, 3, 2)])
def test_a_course_over_a_clock_change_keeps_wall_times_inside_hours(
    code: str, start_on: date
) -> None:
    site = a_whole_clinic()
    course = on_protocol(code)

    plan = planned(course, site, Preferences(start_on=start_on))

    for visit in plan.visits:
        local = visit.starts_at.astimezone(site.zone)
        assert time(8) <= local.time() < time(18)
    assert plan.cost.broken_windows == 0


def test_planning_reads_the_same_number_of_queries_for_any_protocol(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    site = a_whole_clinic()
    for code in ("iv-6-2w", "iv-8-4w"):
        patient = a_patient(code)
        course = choose_protocol(
            course=a_course(patient),
            protocol=Protocol.objects.get(code=code),
            actor=DESK,
            now=NOW,
        )
        course = Course.objects.select_related("patient").get(pk=course.pk)
        with django_assert_num_queries(3):
            planned(course, site)


# --- the command ----------------------------------------------------------------


def run(course: Course, *options: str) -> str:
    out = StringIO()
    call_command("plan_course", str(course.pk), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def course(settings: object) -> Course:
    a_whole_clinic()
    return on_protocol("iv-6-2w")


def test_the_command_shows_every_visit_with_its_reason(course: Course) -> None:
    shown = run(course, "--weekdays", "mon,wed,fri")

    assert "Ana Vega" in shown
    assert "Planned, not booked" in shown
    assert "Infusion 6" in shown
    assert "its target day" in shown
    assert "First day on which the whole course fits." in shown
    assert re.search(r"15 visits in \d+ days, \d+ trips; ", shown)
    assert not Appointment.objects.exists()


def test_the_command_prints_json_with_wall_times_of_the_site(course: Course) -> None:
    shown = json.loads(run(course, "--json"))

    assert shown["time_zone"] == "America/New_York"
    assert shown["is_booked"] is False
    assert len(shown["visits"]) == 15
    assert shown["visits"][0]["served_by"]


def test_the_command_books_the_plan(course: Course) -> None:
    an_eligible_assessment(course, valid_until=date(2099, 1, 1))

    assert "Booked" in run(course, "--book")
    assert Appointment.objects.filter(status="booked").count() == 15


def test_booking_without_an_assessment_is_refused_and_books_nothing(
    course: Course,
) -> None:
    with pytest.raises(CommandError, match="Nothing was booked"):
        run(course, "--book")
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--site", "moon"], "There is no site"),
        (["--start-on", "soon"], "is not a day"),
        (["--weekdays", "mon,noday"], "are not weekdays"),
        (["--earliest", "early"], "is not a time"),
    ],
)
def test_bad_options_are_refused_with_what_to_write(
    course: Course, options: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(course, *options)


@pytest.mark.parametrize("text", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_course_is_refused_with_where_to_find_the_id(text: str) -> None:
    with pytest.raises(CommandError, match="Copy the id"):
        call_command("plan_course", text)


def test_json_has_costs_other_plans_and_the_changes_that_give_them(
    course: Course,
) -> None:
    shown = json.loads(run(course, "--json"))

    assert "every window and spacing rule is kept" in shown["cost_in_words"]
    other = shown["alternatives"][0]
    assert other["sentence"]
    asked = [f"--change={change}" for change in other["changes"]]
    again = json.loads(run(course, "--json", *asked))
    assert again["changes"] == other["changes"]
    assert [v["starts_at"] for v in again["visits"]] == [
        v["starts_at"] for v in other["visits"]
    ]


def test_without_a_plan_the_command_says_why_and_what_would_help(
    course: Course,
) -> None:
    site = Site.objects.get()
    Closure.objects.create(
        site=site,
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=60),
        reason="works",
    )
    out = StringIO()

    with pytest.raises(CommandError) as refused:
        call_command("plan_course", str(course.pk), "--json", stdout=out)

    assert "are closed" in str(refused.value)
    assert "Would help: Begin later: on" in str(refused.value)
    told = json.loads(out.getvalue())
    assert told["reasons"][0]["rule"] == "plan.no_start"
    assert ["within::84"] in [found["changes"] for found in told["relaxations"]]
    assert not Appointment.objects.exists()


def test_a_visit_booked_already_is_named_as_what_could_move_first() -> None:
    site = a_whole_clinic()
    course = on_protocol("kap-im-6")
    an_eligible_assessment(course)
    book_course(course=course, plan=planned(course, site), actor=DESK, now=NOW)
    gone = Appointment.objects.get(session__step__code="I3")
    cancel_appointment(
        appointment=gone, reason="test", actor=DESK, now=NOW, revision=gone.revision
    )
    day = timedelta(days=1)
    Closure.objects.create(
        site=site,
        starts_at=gone.starts_at - 3 * day,
        ends_at=gone.starts_at + 4 * day,
        reason="works",
    )
    trial = trial_of_course(course=course, site=site, preferences=SOON, now=NOW)
    assert isinstance(trial, Trial)

    sheet = plan_sheet(trial)

    (obstacle,) = sheet.obstacles
    assert "because of Injection 3 and Injection 4" in obstacle.sentence
    assert "must come before Injection 4" in obstacle.sentence
    assert "move Injection 3 or Injection 4" in obstacle.sentence
    helpful = sheet.relaxations[0]
    assert helpful.first is not None
    moved = Appointment.objects.get(pk=helpful.first)
    assert helpful.sentence.startswith(f"Move {moved.session.label} first, to ")
    assert helpful.needs == "move"
    assert any("with Room 1" in found.sentence for found in sheet.relaxations)


@pytest.mark.usefixtures("monday_morning")
def test_several_courses_are_planned_together_and_booked_when_told() -> None:
    site = a_whole_clinic()
    courses = []
    for number in range(2):
        course = a_course(a_patient(f"Together{number}"))
        an_eligible_assessment(course)
        protocol = Protocol.objects.get(code="iv-6-2w")
        courses.append(
            choose_protocol(course=course, protocol=protocol, actor=DESK, now=NOW)
        )
    keys = [str(course.pk) for course in courses]

    def run(*more: str) -> dict[str, Any]:
        out = StringIO()
        asked = ("--site", site.code, "--seconds", "0", "--json", *more)
        call_command("plan_course", *keys, *asked, stdout=out)
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    dry = run()
    assert [plan["course"] for plan in dry["courses"]] == sorted(keys)
    assert not Appointment.objects.exists()
    assert [plan["is_booked"] for plan in run("--book")["courses"]] == [True, True]
    for course in courses:
        assert Appointment.objects.filter(session__course=course).exists()
