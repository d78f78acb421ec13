"""The command that proposes new times: dry by default, all or some moved when told."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.models import Course
from scheduler.models import Closure
from scheduler.repairs.troubles import Trouble
from tests.builders import NOW, Clinic
from tests.disruptions import (
    DAY,
    a_busy_clinic,
    away_on_the_day_of,
    live,
    serving,
    times,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def busy() -> tuple[Clinic, list[Course]]:
    return a_busy_clinic(courses=2)


@pytest.fixture
def closure(busy: tuple[Clinic, list[Course]]) -> Closure:
    clinic, courses = busy
    return away_on_the_day_of(clinic.therapist, live(courses[0], "INT1"))


def replan(*arguments: str) -> str:
    out = StringIO()
    call_command("replan", "--seconds", "0", *arguments, stdout=out)
    return out.getvalue()


def hits(closure: Closure) -> int:
    return len(Trouble.of_closure(closure, closure.at_site).hits(NOW))


def test_it_says_what_would_move_and_moves_nothing(
    busy: tuple[Clinic, list[Course]], closure: Closure
) -> None:
    before = [times(course) for course in busy[1]]
    said = replan("--closure", str(closure.pk))
    assert "can have new times" in said
    assert " -> " in said
    assert "not moved" in said
    assert [times(course) for course in busy[1]] == before


def test_accepting_moves_all(closure: Closure) -> None:
    assert hits(closure)
    replan("--closure", str(closure.pk), "--accept")
    assert hits(closure) == 0
    assert "No visit that can still be moved" in replan("--closure", str(closure.pk))


def test_accepting_one_course_moves_only_that(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    dose = live(courses[0], "D1")
    nurse = next(nurse for nurse in clinic.nurses if nurse.name in serving(dose))
    closure = away_on_the_day_of(nurse, dose)
    before = times(courses[1])
    replan("--closure", str(closure.pk), "--accept-course", str(courses[0].pk))
    assert times(courses[1]) == before
    assert nurse.name not in serving(live(courses[0], "D1"))


def test_json_has_every_visit_before_and_after(closure: Closure) -> None:
    told: dict[str, Any] = json.loads(replan("--closure", str(closure.pk), "--json"))
    assert told["time_zone"] == "America/New_York"
    visits = [visit for course in told["courses"] for visit in course["visits"]]
    assert visits
    for visit in visits:
        assert visit["outcome"] in {"moved", "restaffed"}
        assert (visit["was"] == visit["starts_at"]) == (visit["outcome"] != "moved")
    assert told["cost"]["told_again"] <= told["first_cost"]["told_again"]


def test_a_resource_may_be_out_without_a_closure(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    on = live(courses[0], "INT1").starts_at.date()
    said = replan(
        "--resource", clinic.therapist.name, "--from", f"{on}", "--until", f"{on}"
    )
    assert "INT1" in said
    assert not Closure.objects.exists()


def test_a_lost_credential_needs_no_last_day(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    dose = live(courses[0], "D1")
    nurse = next(nurse for nurse in clinic.nurses if nurse.name in serving(dose))
    said = replan(
        "--resource",
        nurse.name,
        "--capability",
        "monitoring-nurse",
        "--from",
        f"{(NOW - DAY).date()}",
    )
    assert "D1" in said or "others" in said


@pytest.mark.parametrize(
    ("arguments", "help_given"),
    [
        ((), "--closure or --resource"),
        (("--closure", "999999"), "There is no closure 999999"),
        (
            ("--resource", "Nobody", "--from", "2026-05-04", "--until", "2026-05-05"),
            "There is no resource",
        ),
    ],
)
def test_what_it_cannot_find_it_says_with_a_way_out(
    busy: tuple[Clinic, list[Course]], arguments: tuple[str, ...], help_given: str
) -> None:
    assert busy
    with pytest.raises(CommandError, match=help_given):
        replan(*arguments)


def test_a_wrong_time_or_capability_is_refused_with_what_to_write(
    busy: tuple[Clinic, list[Course]],
) -> None:
    name = busy[0].therapist.name
    day = str((NOW + timedelta(days=1)).date())
    with pytest.raises(CommandError, match="from when until when"):
        replan("--resource", name, "--from", day)
    with pytest.raises(CommandError, match="is not a day"):
        replan("--resource", name, "--from", "soon", "--until", day)
    with pytest.raises(CommandError, match="must be after"):
        replan("--resource", name, "--from", f"{day}T12:00", "--until", f"{day}T09:00")
    with pytest.raises(CommandError, match="Use one of"):
        replan("--resource", name, "--from", day, "--capability", "flying")


def test_a_course_without_new_times_is_not_accepted(closure: Closure) -> None:
    other = a_busy_clinic(courses=1)[1][0]
    before = hits(closure)
    with pytest.raises(CommandError, match="No new times were found"):
        replan("--closure", str(closure.pk), "--accept-course", str(other.pk))
    assert hits(closure) == before
