"""What a long gap between two doses asks for before the next one."""

from datetime import date, timedelta

import pytest

from courses.rules.gaps import gap_findings

LAST = date(2026, 5, 4)
THRICE_A_WEEK, WEEKLY, MONTHLY = (2, 4), (7, 12), (28, 56)


def asked(
    gap: int, rhythm: tuple[int, int], assessed_on: date | None = None
) -> dict[str, bool]:
    """The rule of each finding, and whether it is hard."""
    target, latest = rhythm
    found = gap_findings(
        last_dose_on=LAST,
        next_dose_on=LAST + timedelta(days=gap),
        target_days=target,
        latest_days=latest,
        assessed_on=assessed_on,
    )
    return {finding.rule: finding.is_hard for finding in found}


REVIEW, REFRESH = {"gap.review": False}, {"gap.refresh": False}


@pytest.mark.parametrize(
    ("rhythm", "gap", "findings"),
    [
        (THRICE_A_WEEK, 7, {}),
        (THRICE_A_WEEK, 8, REVIEW),
        (THRICE_A_WEEK, 30, REVIEW),
        (THRICE_A_WEEK, 31, REVIEW | REFRESH),
        (THRICE_A_WEEK, 90, REVIEW | REFRESH),
        (THRICE_A_WEEK, 91, REVIEW | {"gap.assessment": True}),
        (WEEKLY, 14, {}),
        (WEEKLY, 15, REVIEW),
        (MONTHLY, 30, {}),
        (MONTHLY, 56, REFRESH),
        (MONTHLY, 57, REVIEW | REFRESH),
    ],
)
def test_a_gap_asks_for_more_the_longer_it_is(
    rhythm: tuple[int, int], gap: int, findings: dict[str, bool]
) -> None:
    assert asked(gap, rhythm) == findings


def test_an_assessment_after_the_last_dose_is_the_new_one() -> None:
    after, before = LAST + timedelta(days=80), LAST
    assert asked(95, THRICE_A_WEEK, after) == REVIEW
    assert asked(95, THRICE_A_WEEK, before) == REVIEW | {"gap.assessment": True}


def test_the_sentence_says_who_does_what() -> None:
    (finding,) = gap_findings(
        last_dose_on=LAST,
        next_dose_on=LAST + timedelta(days=9),
        target_days=2,
        latest_days=4,
    )
    assert finding.sentence == (
        "The next dose is 9 days after the last dose, and this plan allows 7."
        " A prescriber reviews the course before it."
    )
    assert finding.override_by == "prescriber"
