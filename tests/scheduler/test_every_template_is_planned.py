"""Every shipped protocol is planned from the database, however full the clinic."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from random import Random
from time import perf_counter
from uuid import UUID

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.actions.set_dose_interval import set_dose_interval
from courses.library.reading import read_library
from courses.models import Course, Protocol
from courses.rules.dose_interval import DoseInterval
from courses.rules.shapes import CourseShape, Placement
from courses.rules.windows import deviations
from courses.shapes import course_shape, protocol_course
from scheduler.actions.publish_checked_protocol import refuse_unplannable
from scheduler.course_plans import CoursePlan, Infeasible, PlannedVisit, plan_course
from scheduler.models import Closure, Resource, Site
from scheduler.planning.problem import Preferences
from tests.builders import DESK, NOW, TODAY, a_course, a_person, a_site, a_thing, at

pytestmark = pytest.mark.django_db

SOON = Preferences(start_on=TODAY + timedelta(days=1))
CODES = [protocol.code for protocol in read_library().protocols]
# The share of half days on which somebody or something can't be had.
LOADS = {"light": 0.05, "medium": 0.2, "heavy": 0.4}


def a_clinic_of_twenty() -> Site:
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_site()
    for kind, can, count in (
        ("chair", "infusion-chair", 3),
        ("room", "treatment-room", 2),
        ("room", "consulting-room", 3),
    ):
        for number in range(count):
            a_thing(site, kind=kind, can=can, name=f"{can} {number}")
    for role, skills, count, capacity in (
        ("Prescriber", ("prescriber", "follow-up"), 3, 1),
        ("Nurse", ("monitoring-nurse", "safety-caller"), 4, 2),
        ("Therapist", ("therapist", "safety-caller", "follow-up"), 3, 1),
        ("Rating therapist", ("therapist", "rater", "safety-caller"), 1, 1),
        ("Rater", ("rater",), 1, 1),
    ):
        for number in range(count):
            a_person(site, can=skills, name=f"{role} {number}", capacity=capacity)
    return site


def fill(site: Site, load: float) -> None:
    random = Random(7)
    Closure.objects.bulk_create(
        Closure(
            resource=resource,
            starts_at=at(hour, day=day),
            ends_at=at(hour + 5, day=day),
        )
        for resource in Resource.objects.order_by("name")
        for day in range(320)
        for hour in (8, 13)
        if random.random() < load
    )


def on_protocol(code: str) -> Course:
    protocol = Protocol.objects.get(code=code)
    return choose_protocol(course=a_course(), protocol=protocol, actor=DESK, now=NOW)


def planned(course: Course, site: Site) -> CoursePlan:
    plan = plan_course(course=course, site=site, preferences=SOON, now=NOW)
    assert isinstance(plan, CoursePlan)
    return plan


def by_step(plan: CoursePlan) -> dict[str, PlannedVisit]:
    return {visit.step: visit for visit in plan.visits}


def refuse_disorder(shape: CourseShape, at_: Mapping[str, Placement]) -> None:
    """Pairs come after their dose, and every step between those that gate it."""
    codes = {code: at_.get(session.key) for code, session in shape.by_code().items()}
    for code, session in shape.by_code().items():
        mine, step = codes[code], session.step
        assert step is not None
        for first in (step.after, step.pair_of):
            earlier = codes.get(first)
            if mine and earlier:
                assert earlier.ends_at <= mine.starts_at, code
        later = codes.get(step.before)
        if mine and later and step.is_before_hard:
            assert mine.ends_at <= later.starts_at, code


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("code", CODES)
def test_it_is_planned_in_order_or_refused_with_a_reason(code: str, load: str) -> None:
    site = a_clinic_of_twenty()
    fill(site, LOADS[load])
    course = on_protocol(code)

    began = perf_counter()
    found = plan_course(course=course, site=site, preferences=SOON, now=NOW)
    took = (perf_counter() - began) * 1000

    if isinstance(found, Infeasible):
        print(f"{code}, {load}: no plan, {took:.0f} ms")  # noqa: T201
        assert load != "light"
        assert "plan.search_too_long" not in {r.rule for r in found.refusals}
        return
    cost = found.cost
    print(f"{code}, {load}: {cost.broken_windows} broken, {took:.0f} ms")  # noqa: T201
    placed = {
        str(v.session_id): Placement(v.starts_at, v.ends_at, site.zone)
        for v in found.visits
    }
    shape = course_shape(course)
    assert not [d for d in deviations(shape, placed) if d.is_hard]
    refuse_disorder(shape, placed)
    if load == "light" and code != "iv-1-tf7":
        assert cost.broken_windows == 0


@pytest.mark.parametrize("code", CODES)
def test_it_would_be_published_by_hand(code: str) -> None:
    a_clinic_of_twenty()
    protocol = Protocol.objects.get(code=code)
    types = dict(
        protocol.steps.filter(visit_type__is_placed=True).values_list(
            "code", "visit_type_id"
        )
    )
    assert refuse_unplannable(protocol, types) == ()
    assert protocol_course(protocol).sessions


def serving(plan: CoursePlan, party: str) -> dict[str, UUID]:
    return {
        visit.step: claim.resource_id
        for visit in plan.visits
        for claim in visit.claims
        if claim.party == party
    }


@pytest.mark.parametrize("code", ["iv-6-wet5", "iv-1-tf7"])
def test_one_therapist_serves_the_whole_course_however_full_the_clinic(
    code: str,
) -> None:
    site = a_clinic_of_twenty()
    fill(site, LOADS["medium"])
    plan = planned(on_protocol(code), site)
    assert len(set(serving(plan, "therapist").values())) == 1


def test_written_exposure_lies_between_the_infusions_and_another_one_rates_it() -> None:
    site = a_clinic_of_twenty()
    Resource.objects.filter(name="Rater 0").update(is_active=False)
    course = on_protocol("iv-6-wet5")
    plan = planned(course, site)
    steps = by_step(plan)
    days = {code: visit.starts_at.date() for code, visit in steps.items()}
    assert days["D4"] < days["WET1"] < days["D5"] < days["WET2"] < days["D6"]
    assert not {days[f"WET{n}"] for n in range(1, 6)} & {
        days[f"D{n}"] for n in range(1, 7)
    }
    assert (days["WET5"] - days["WET1"]).days <= 14
    # The one who can still rate is a therapist, so the course has another one.
    rater = serving(plan, "rater")["CAPS12"]
    assert rater not in serving(plan, "therapist").values()


def test_prolonged_exposure_begins_within_72_hours_of_its_infusion() -> None:
    site = a_clinic_of_twenty()
    plan = planned(on_protocol("iv-3-pe10"), site)
    steps = by_step(plan)
    for number in range(1, 4):
        dose, therapy = steps[f"K{number}"], steps[f"PE{number}"]
        wait = therapy.starts_at - dose.ends_at
        assert timedelta(hours=16) <= wait <= timedelta(hours=72)
    for number in range(4, 11):
        gap = (
            steps[f"PE{number}"].starts_at.date()
            - steps[f"PE{number - 1}"].starts_at.date()
        )
        assert 5 <= gap.days <= 10


def test_exposure_begins_20_to_30_hours_after_the_infusion_of_the_week() -> None:
    site = a_clinic_of_twenty()
    steps = by_step(planned(on_protocol("iv-1-tf7"), site))
    wait = steps["T1"].starts_at - steps["K"].ends_at
    assert timedelta(hours=20) <= wait <= timedelta(hours=30)
    assert (steps["K"].starts_at.date() - steps["ED"].starts_at.date()).days == 1


def boosters(plan: CoursePlan) -> list[int]:
    steps = by_step(plan)
    days = [steps[f"B{number}"].starts_at.date() for number in range(1, 7)]
    return [(b - a).days for a, b in pairwise(days)]


def test_boosters_keep_to_their_interval_instead_of_finishing_early() -> None:
    site = a_clinic_of_twenty()
    plan = planned(on_protocol("maint"), site)
    assert boosters(plan) == [28] * 5
    steps = by_step(plan)
    for number in range(1, 6):
        review = steps[f"REV{number}"]
        assert steps[f"B{number}"].ends_at <= review.starts_at
        assert review.ends_at <= steps[f"B{number + 1}"].starts_at


def test_the_interval_of_the_order_stands_in_place_of_the_protocols_own() -> None:
    site = a_clinic_of_twenty()
    course = on_protocol("maint")
    set_dose_interval(
        course=course,
        interval=DoseInterval(18, 21, 24),
        source="Order of Dr. Kim, May 4",
        actor=DESK,
        now=NOW,
    )
    course.refresh_from_db()
    assert boosters(planned(course, site)) == [21] * 5


def test_a_step_by_phone_or_video_takes_no_room_and_no_trip() -> None:
    site = a_clinic_of_twenty()
    plan = planned(on_protocol("maint"), site)
    review = by_step(plan)["REV1"]
    assert review.visit.is_remote
    assert [claim.party for claim in review.claims] == ["prescriber"]
