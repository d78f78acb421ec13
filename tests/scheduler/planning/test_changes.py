"""What is asked for travels as text, and nonsense in it changes nothing."""

from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.planning.changes import Change, read_changes, text_of
from scheduler.planning.changing import changed
from scheduler.planning.easing import families_of
from scheduler.planning.phrasing import phrase
from scheduler.planning.problem import Demand
from tests.scheduler.planning.small_clinics import a_problem, wall

SOMEBODY = UUID(int=1)
CHANGES = (
    Change("on", "S0", "2026-05-05"),
    Change("at", "S0", "2026-05-05T1300Z"),
    Change("off", "", "2026-05-05"),
    Change("weekday_off", "", "4"),
    Change("served", "S0", f"room={SOMEBODY}"),
    Change("without", "S0", str(SOMEBODY)),
    Change("led", "therapist", str(SOMEBODY)),
    Change("begin", "", "2026-05-05"),
    Change("hours", "", "1200-"),
    Change("first", "", "trips"),
    Change("wider", "S0", "0,2"),
    Change("closer", "minimum_gap", "1"),
    Change("dosing_day", "S0", ""),
    Change("anybody", "therapist", ""),
    Change("within", "", "84"),
)


def test_every_change_comes_back_from_its_text_as_it_was() -> None:
    assert read_changes(text_of(CHANGES)) == CHANGES


def test_a_step_may_be_called_anything_and_still_be_asked_about() -> None:
    change = Change("off", "Dose 1", "2026-05-20")
    assert read_changes(change.text) == (change,)


@given(st.lists(st.builds(Change, st.just("site"), st.text(), st.text()), unique=True))
def test_any_words_come_back_from_their_text(changes: list[Change]) -> None:
    assert read_changes(text_of(changes)) == tuple(changes)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.kind)
def test_every_change_can_be_made_and_said(change: Change) -> None:
    problem = a_problem(Random(1))
    changed(problem, (change,))
    said = phrase(problem, change)
    assert said
    assert ":" not in said or said.startswith(("Session 0: ", "All visits: "))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "on",
        "on:S0:someday",
        "at:S0:2026-05-05",
        "off::2026-13-01",
        "weekday_off::9",
        "served:S0:room",
        "without:S0:nobody",
        "unbound:S0:everything",
        "first::luck",
        "hours::2500-",
        "wider:S0:-3,0",
        "closer:minimum_gap:much",
        "open::now",
        "drop:S0:table",
        "on:S0:9999-12-31",
        "at:S0:9999-12-31T2359Z",
        "off::0001-01-01",
        "begin::9999-12-31",
        "sooner::9999-12-31",
        "open::9999-12-31",
        "wider:S0:0,99999999",
        "wider:S0:99999999,0",
        "closer:longest_span:99999999",
        "within::99999999",
        "within::-1",
    ],
)
def test_what_makes_no_sense_is_left_out(text: str) -> None:
    assert read_changes(text) == ()


def test_a_change_about_a_session_that_isnt_there_changes_nothing() -> None:
    problem = a_problem(Random(1))
    for kind, value in (("on", "2026-05-05"), ("wider", "0,1"), ("dosing_day", "")):
        assert changed(problem, (Change(kind, "GONE", value),)) == problem


def test_pins_and_bans_become_demands_and_can_be_taken_back() -> None:
    problem = a_problem(Random(1))
    on = wall(problem.calendars.first_on, 9)
    asked = changed(
        problem,
        (
            Change("at", "S0", f"{on:%Y-%m-%dT%H%MZ}"),
            Change("without", "", str(SOMEBODY)),
        ),
    )

    assert asked.demanded("S0").starts_at == on
    assert asked.demanded("S0").not_served_by == {SOMEBODY}
    taken_back = changed(asked, (Change("unbound", "S0", "starts_at"),))
    assert taken_back.demanded("S0") == Demand(not_served_by=frozenset({SOMEBODY}))


def test_a_weekday_that_is_never_wanted_bars_each_such_day_of_the_calendar() -> None:
    problem = a_problem(Random(1))
    asked = changed(problem, (Change("weekday_off", "", "0"),))
    days = asked.demanded("S0").not_on
    assert all(day.weekday() == 0 for day in days)


def test_only_rules_that_matter_to_the_sessions_are_relaxed() -> None:
    problem = replace(a_problem(Random(3)), slack_days=0)
    kinds = {family.kind for family in families_of(problem, (), None)}
    assert kinds <= {"unbound"}
