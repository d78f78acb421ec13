"""What a long gap between two doses asks for before the next one.

More than 7 days in a plan of several doses a week, or 14 in a weekly one, asks for a
prescriber's review; more than 30 for a refresh of what is known; more than 90 for a new
assessment. All four numbers are clinic defaults. A gap that the window of the next dose
allows is none.
"""

from datetime import date

from courses.errors import Refusal
from courses.rules.wording import counted

DAYS_BETWEEN_WEEKLY_DOSES = 7
REVIEW_AFTER = 7
REVIEW_AFTER_WEEKLY = 14
REFRESH_AFTER = 30
ASSESS_AFTER = 90
ASKED = "prescriber"


def gap_findings(
    *,
    last_dose_on: date,
    next_dose_on: date,
    target_days: int,
    latest_days: int,
    assessed_on: date | None = None,
) -> tuple[Refusal, ...]:
    """Return what must happen before a dose so long after the last one.

    `target_days` and `latest_days` are the window of the next dose from the one before
    it. An eligible assessment made after the last dose lifts the need for a new one;
    without it the finding is hard. What the others ask for is done by the day of the
    dose.
    """
    gap = (next_dose_on - last_dose_on).days
    is_weekly = target_days >= DAYS_BETWEEN_WEEKLY_DOSES
    allowed = max(REVIEW_AFTER_WEEKLY if is_weekly else REVIEW_AFTER, latest_days)
    is_assessed = assessed_on is not None and assessed_on > last_dose_on
    since = f"{counted(gap, 'day')} after the last dose"
    found: list[Refusal] = []
    if gap > allowed:
        found.append(
            Refusal(
                rule="gap.review",
                sentence=(
                    f"The next dose is {since}, and this plan allows {allowed}."
                    " A prescriber reviews the course before it."
                ),
                is_hard=False,
                override_by=ASKED,
            )
        )
    if gap > ASSESS_AFTER and not is_assessed:
        found.append(
            Refusal(
                rule="gap.assessment",
                sentence=(
                    f"The next dose is {since}: after more than {ASSESS_AFTER} days a"
                    " new assessment comes first. Book and decide one, then resume."
                ),
                relaxation="decide a new assessment",
            )
        )
    elif gap > REFRESH_AFTER and not is_assessed:
        found.append(
            Refusal(
                rule="gap.refresh",
                sentence=(
                    f"The next dose is {since}: after more than {REFRESH_AFTER} days"
                    " vital signs, weight, medicines and consent are taken anew first."
                ),
                is_hard=False,
                override_by=ASKED,
            )
        )
    return tuple(found)
