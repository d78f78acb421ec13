"""What a placement breaks, and what the sentence tells the one who moves a session."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courses.errors import Refusal
from courses.rules.protocol_shape import protocol_problems
from courses.rules.shapes import (
    CourseShape,
    Placement,
    SessionShape,
    SpacingShape,
    StepShape,
)
from courses.rules.windows import deviations

NEW_YORK = ZoneInfo("America/New_York")

DOSE = StepShape(code="D1", name="Infusion 1", kind="dosing")
LATER_DOSE = StepShape(code="D2", name="Infusion 2", kind="dosing", after="D1")
THERAPY = StepShape(
    code="INT", name="Integration", kind="integration", pair_of="D1", anchor="D1"
)


def _course(*steps: StepShape, spacing: tuple[SpacingShape, ...] = ()) -> CourseShape:
    sessions = (SessionShape(s.code, s.name, s.kind, s) for s in steps)
    return CourseShape(tuple(sessions), spacing)


def _placed(day: int, hour: int = 9) -> Placement:
    starts_at = datetime(2026, 5, day, hour, tzinfo=NEW_YORK)
    return Placement(starts_at, starts_at + timedelta(hours=1), NEW_YORK)


def _orders(found: tuple[Refusal, ...]) -> list[Refusal]:
    return [refusal for refusal in found if refusal.rule != "window.anchor"]


def test_what_belongs_to_a_dose_may_not_come_before_it() -> None:
    course = _course(DOSE, THERAPY)
    (refusal,) = _orders(deviations(course, {"D1": _placed(6), "INT": _placed(5)}))
    assert (refusal.rule, refusal.is_hard) == ("window.pair", True)
    assert refusal.sentence == (
        "Integration must come after Infusion 1, on Wed, May 6 at 09:00."
        " Choose a later time."
    )


@pytest.mark.parametrize("therapy", [_placed(5, 10), _placed(6), _placed(30)])
def test_what_belongs_to_a_dose_may_begin_when_it_ends_or_later(
    therapy: Placement,
) -> None:
    course = _course(DOSE, THERAPY)
    assert not _orders(deviations(course, {"D1": _placed(5), "INT": therapy}))


@pytest.mark.parametrize(
    ("moved", "sentence"),
    [
        (
            "D1",
            "Infusion 1 must come before Infusion 2, on Tue, May 5 at 09:00."
            " Choose an earlier time.",
        ),
        (
            "D2",
            "Infusion 2 must come after Infusion 1, on Wed, May 6 at 09:00."
            " Choose a later time.",
        ),
    ],
)
def test_a_broken_order_is_told_from_the_session_that_is_moved(
    moved: str, sentence: str
) -> None:
    course = _course(DOSE, LATER_DOSE)
    placements = {"D1": _placed(6), "D2": _placed(5)}
    (refusal,) = deviations(course, placements, {moved})
    assert refusal.sentence == sentence


@pytest.mark.parametrize(
    ("moved", "way_out"),
    [
        ("D1", "Choose an earlier day for Infusion 1."),
        ("D2", "Choose a later day for Infusion 2."),
    ],
)
def test_doses_too_close_together_are_told_from_the_dose_that_is_moved(
    moved: str, way_out: str
) -> None:
    course = _course(DOSE, LATER_DOSE, spacing=(SpacingShape("minimum_gap", 2),))
    placements = {"D1": _placed(5), "D2": _placed(6)}
    (refusal,) = deviations(course, placements, {moved})
    assert refusal.sentence == (
        "Infusion 1 and Infusion 2 are 1 day apart, and must be at least 2. " + way_out
    )


@pytest.mark.parametrize(
    ("moved", "way_out"),
    [
        ("D1", "Choose an earlier day for Infusion 1."),
        ("D2", "Choose a later day for Infusion 2."),
    ],
)
def test_one_dose_too_many_in_a_week_is_the_one_that_is_moved(
    moved: str, way_out: str
) -> None:
    course = _course(DOSE, LATER_DOSE, spacing=(SpacingShape("most_in_days", 7, 1),))
    placements = {"D1": _placed(4), "D2": _placed(8)}
    (refusal,) = deviations(course, placements, {moved})
    assert refusal.sentence == (
        "At most 1 dose may fall in any 7 days, and from Infusion 1 to Infusion 2"
        " there are 2. " + way_out
    )


def test_no_sentence_sends_a_dose_that_is_out_of_order_further_away() -> None:
    course = _course(DOSE, LATER_DOSE, spacing=(SpacingShape("minimum_gap", 2),))
    found = deviations(course, {"D1": _placed(6), "D2": _placed(5)}, {"D1"})
    assert [refusal.rule for refusal in found] == [
        "window.after",
        "spacing.minimum_gap",
    ]
    assert "earlier time" in found[0].sentence
    assert "an earlier day for Infusion 1" in found[1].sentence


def test_a_protocol_whose_therapy_could_only_come_before_its_dose_is_refused() -> None:
    early = StepShape(
        code="INT",
        name="Integration",
        kind="integration",
        anchor="D1",
        pair_of="D1",
        target=-3,
        earliest=-4,
        latest=-1,
    )
    (problem,) = protocol_problems([DOSE, early], [])
    assert problem.rule == "protocol.window_impossible"
    assert "INT belongs to D1" in problem.sentence


# --- rules that only some protocols have ----------------------------------------------


def _waiting(*, minimum_hours: int = 0, maximum_hours: int = 0) -> CourseShape:
    therapy = replace(
        THERAPY,
        latest=3,
        earliest=0,
        minimum_hours=minimum_hours,
        maximum_hours=maximum_hours,
    )
    return _course(DOSE, therapy)


@pytest.mark.parametrize(("day", "hour", "is_kept"), [(7, 10, True), (7, 11, False)])
def test_a_longest_wait_in_hours_is_kept_to_the_minute(
    day: int, hour: int, is_kept: bool
) -> None:
    placed = {"D1": _placed(4, 9), "INT": _placed(day, hour)}
    found = deviations(_waiting(maximum_hours=72), placed)
    assert [one.rule for one in found] == ["window.maximum_hours"] * (not is_kept)
    assert all(one.is_hard for one in found)


def test_a_longest_wait_says_until_when() -> None:
    placed = {"D1": _placed(4, 9), "INT": _placed(7, 11)}
    (refusal,) = deviations(_waiting(maximum_hours=72), placed)
    assert refusal.sentence == (
        "Integration begins more than 72 hours after Infusion 1 ends."
        " Choose Thu, May 7, 10:00 or earlier."
    )


def test_a_soft_order_that_is_left_is_a_deviation() -> None:
    therapy = replace(THERAPY, latest=9, before="D2", is_before_hard=False)
    course = _course(DOSE, LATER_DOSE, therapy)
    placed = {"D1": _placed(4), "D2": _placed(6), "INT": _placed(7)}
    (deviation,) = deviations(course, placed)
    assert (deviation.rule, deviation.is_hard) == ("window.before", False)
    assert deviation.sentence.startswith("Integration should come before Infusion 2")


def test_a_spacing_rule_counts_sessions_of_its_own_kind_only() -> None:
    again = replace(THERAPY, code="INT2", name="Integration 2", latest=30)
    rule = SpacingShape("most_in_days", 6, 1, is_hard=False, about="integration")
    course = _course(DOSE, replace(THERAPY, latest=30), again, spacing=(rule,))
    placed = {"D1": _placed(4), "INT": _placed(5), "INT2": _placed(10)}
    (deviation,) = deviations(course, placed)
    assert (deviation.rule, deviation.is_hard) == ("spacing.most_in_days", False)
    assert "1 integration session may fall in any 6 days" in deviation.sentence
    assert not deviations(course, {**placed, "INT2": _placed(11)})


def test_a_protocol_whose_hours_or_spacing_nobody_can_meet_is_not_published() -> None:
    long = replace(THERAPY, minimum_hours=80, maximum_hours=72, latest=9)
    (refusal,) = protocol_problems((DOSE, long), ())
    assert refusal.rule == "protocol.window_impossible"
    rule = SpacingShape("minimum_gap", 2, about="therapy")
    (refusal,) = protocol_problems((DOSE, THERAPY), (rule,))
    assert refusal.rule == "protocol.nothing_to_space"
