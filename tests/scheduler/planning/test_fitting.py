"""One answer to whether a visit fits, and refusals that say what to do."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.errors import Refusal
from scheduler.planning.calendar import (
    Busy,
    Calendars,
    Fit,
    Need,
    ResourceCalendar,
    Span,
    Stay,
    ValidDays,
    Visit,
)
from scheduler.planning.fitting import fit_visit
from scheduler.planning.free_time import FreeTimes, set_bits
from scheduler.planning.starts import free_start_bits
from tests.scheduler.planning.small_clinics import NEW_YORK, a_problem, wall

ON = date(2026, 5, 4)
ALWAYS = (ValidDays(None, None),)


def a_resource(
    number: int, *skills: str, capacity: int = 1, busy: tuple[Busy, ...] = ()
) -> ResourceCalendar:
    return ResourceCalendar(
        resource_id=UUID(int=number),
        name=f"Resource {number}",
        kind="person",
        capacity=capacity,
        capabilities=dict.fromkeys(skills, ALWAYS),
        open=(Span(wall(ON, 8), wall(ON, 18)),),
        busy=busy,
    )


def a_visit(*needs: Need, minutes: int = 60) -> Visit:
    return Visit("v", "Visit", "integration", minutes, needs)


def asked(
    visit: Visit,
    at: datetime,
    *resources: ResourceCalendar,
    fixed: Mapping[str, UUID] | None = None,
    closed: tuple[Span, ...] = (),
    elsewhere: tuple[Stay, ...] = (),
) -> Fit | tuple[Refusal, ...]:
    calendars = Calendars(
        zone=NEW_YORK,
        first_on=ON,
        last_on=ON,
        resources=resources,
        patient_busy=elsewhere,
    )
    return fit_visit(
        visit=visit, starts_at=at, zone=NEW_YORK, calendars=calendars, fixed=fixed or {}
    )


def rules(answer: Fit | tuple[Refusal, ...]) -> set[str]:
    assert not isinstance(answer, Fit)
    assert all(refusal.sentence.endswith(".") for refusal in answer)
    return {refusal.rule for refusal in answer}


def test_a_claim_may_touch_another_but_not_share_a_minute_with_it() -> None:
    busy = (Busy(0, wall(ON, 9), wall(ON, 10)),)
    nurse = a_resource(1, "nurse", busy=busy)
    visit = a_visit(Need("nurse", "nurse", 0, 60))

    assert isinstance(asked(visit, wall(ON, 8), nurse), Fit)
    assert isinstance(asked(visit, wall(ON, 10), nurse), Fit)
    assert rules(asked(visit, wall(ON, 8, 1), nurse)) == {"resource.taken"}
    assert rules(asked(visit, wall(ON, 9, 59), nurse)) == {"resource.taken"}


def test_a_one_to_one_phase_takes_both_units_and_recovery_takes_one() -> None:
    busy = (Busy(1, wall(ON, 10), wall(ON, 12)),)
    nurse = a_resource(1, "nurse", capacity=2, busy=busy)
    one_to_one = Need("nurse", "nurse", 0, 60, 2)
    recovery = Need("nurse", "nurse", 60, 60, 1)

    fit = asked(a_visit(one_to_one, recovery), wall(ON, 9), nurse)

    assert isinstance(fit, Fit)
    assert [claim.unit for claim in fit.claims] == [0, 1, 0]
    late = asked(a_visit(one_to_one, recovery), wall(ON, 9, 30), nurse)
    assert rules(late) == {"resource.taken"}


def test_two_parties_are_never_the_same_resource() -> None:
    both = a_resource(1, "nurse", "prescriber", capacity=2)
    visit = a_visit(Need("a", "nurse", 0, 60), Need("b", "prescriber", 0, 60))

    assert rules(asked(visit, wall(ON, 9), both)) == {"resource.too_few"}


def test_the_specialist_is_left_free_when_another_can_serve() -> None:
    versatile = a_resource(1, "nurse", "prescriber")
    plain = a_resource(2, "nurse")

    fit = asked(a_visit(Need("a", "nurse", 0, 60)), wall(ON, 9), versatile, plain)

    assert isinstance(fit, Fit)
    assert fit.resource_of("a") == plain.resource_id


def test_the_one_who_is_scarce_is_used_when_that_is_the_only_way() -> None:
    versatile = a_resource(1, "nurse", "prescriber")
    plain = a_resource(2, "nurse")
    visit = a_visit(Need("a", "nurse", 0, 60), Need("b", "prescriber", 0, 60))

    fit = asked(visit, wall(ON, 9), versatile, plain)

    assert isinstance(fit, Fit)
    assert fit.resource_of("b") == versatile.resource_id


@pytest.mark.parametrize(
    ("hour", "rule"), [(7, "resource.not_open"), (17, "resource.not_open")]
)
def test_outside_working_hours_is_refused(hour: int, rule: str) -> None:
    nurse = a_resource(1, "nurse")

    answer = asked(a_visit(Need("a", "nurse", 0, 75)), wall(ON, hour), nurse)

    assert rules(answer) == {rule}


def test_of_several_who_could_serve_one_sentence_names_why_none_does() -> None:
    busy = Busy(0, wall(ON, 9), wall(ON, 10))
    people = [a_resource(number, "nurse", busy=(busy,)) for number in (1, 2)]
    off = ResourceCalendar(UUID(int=3), "Off", "person", 1, {"nurse": ALWAYS}, ())
    needs = Need("nurse", "nurse", 0, 60), Need("room", "room", 0, 60)
    answer = asked(
        a_visit(*needs), wall(ON, 9), *people, off, a_resource(4, "room", busy=(busy,))
    )
    assert isinstance(answer, tuple)
    assert [refusal.sentence for refusal in answer] == [
        "nurse: none of the 3 is free for Visit at 09:00 on Mon, May 4 "
        "(Resource 1 and Resource 2 taken, Off outside working hours). "
        "Choose another time.",
        "Resource 4 is taken from 09:00 to 10:00 on Mon, May 4. "
        "Choose another time or another room.",
    ]
    assert [refusal.relaxation for refusal in answer] == [
        "Choose another time",
        "Choose another time or another room",
    ]
    assert {refusal.session for refusal in answer} == {"Visit"}
    assert {refusal.at for refusal in answer} == {wall(ON, 9)}


def test_missing_skills_strangers_and_the_patients_own_time_are_named() -> None:
    nurse = a_resource(1, "nurse")
    visit = a_visit(Need("a", "rater", 0, 60))
    seen = a_visit(Need("a", "nurse", 0, 60))
    busy = (Stay(wall(ON, 9), wall(ON, 10)),)

    assert rules(asked(visit, wall(ON, 9), nurse)) == {"capability.missing"}
    stranger = {"a": UUID(int=9)}
    unknown = asked(seen, wall(ON, 9), nurse, fixed=stranger)
    assert rules(unknown) == {"capability.missing"}
    elsewhere = asked(seen, wall(ON, 9), nurse, elsewhere=busy)
    assert rules(elsewhere) == {"patient.elsewhere"}


def test_a_time_outside_of_what_was_read_is_never_free() -> None:
    visit = a_visit(Need("a", "nurse", 0, 60))
    later = wall(ON + timedelta(days=1), 9)

    answer = asked(visit, later, a_resource(1, "nurse"))

    assert rules(answer) == {"calendar.out_of_range"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_search_and_fitting_agree_on_every_start(seed: int) -> None:
    problem = a_problem(Random(seed))
    free = FreeTimes(problem.calendars)

    for visit in problem.visits.values():
        found = free_start_bits(free, visit, {})
        for minute in set_bits(free.grid):
            fit = fit_visit(
                visit=visit,
                starts_at=free.timeline.instant(minute),
                zone=problem.calendars.zone,
                calendars=problem.calendars,
                fixed={},
                free_times=free,
            )
            assert isinstance(fit, Fit) == bool(found >> minute & 1)
