"""A decider's credential counts on the day it is where the patient was assessed."""

from datetime import UTC, date, datetime

import pytest

from courses.errors import CredentialMissing
from courses.models import Assessment, Clinician
from scheduler.actions.settle_assessment import settle_assessment
from tests.builders import (
    DESK,
    NOW,
    a_clinician,
    a_course,
    a_session,
    a_site,
    an_appointment,
    an_assessment_visit,
)

pytestmark = pytest.mark.django_db

# Days later the credential is gone or not there yet, so the very day decides.
MAY_5 = date(2026, 5, 5)
# In New York midnight is at 04:00 UTC, in Auckland at 12:00 UTC, in May.
NEW_YORK_LATE_ON_MAY_5 = datetime(2026, 5, 6, 3, 59, 59, tzinfo=UTC)
NEW_YORK_MIDNIGHT_AFTER_MAY_5 = datetime(2026, 5, 6, 4, tzinfo=UTC)
NEW_YORK_LATE_ON_MAY_4 = datetime(2026, 5, 5, 3, 59, 59, tzinfo=UTC)
NEW_YORK_MIDNIGHT_BEFORE_MAY_5 = datetime(2026, 5, 5, 4, tzinfo=UTC)
AUCKLAND_LATE_ON_MAY_4 = datetime(2026, 5, 4, 11, 59, 59, tzinfo=UTC)
AUCKLAND_MIDNIGHT_BEFORE_MAY_5 = datetime(2026, 5, 4, 12, tzinfo=UTC)
AUCKLAND_LATE_ON_MAY_5 = datetime(2026, 5, 5, 11, 59, 59, tzinfo=UTC)
AUCKLAND_MIDNIGHT_AFTER_MAY_5 = datetime(2026, 5, 5, 12, tzinfo=UTC)


def _assessed(*, zone: str, status: str = "completed") -> Assessment:
    """An assessment held at a site in that zone, not decided yet."""
    session = a_session(a_course(status="referred"), an_assessment_visit())
    an_appointment(session, site=a_site("Seen here", zone=zone), status=status)
    return Assessment.objects.create(
        course=session.course, session=session, assessed_on=MAY_5, recorded_at=NOW
    )


def _only_on_may_5() -> Clinician:
    return a_clinician(valid_from=MAY_5, valid_until=MAY_5)


def _decide(assessment: Assessment, now: datetime) -> Assessment:
    return settle_assessment(
        assessment=assessment,
        decision="eligible",
        decided_by=_only_on_may_5(),
        valid_until=date(2026, 12, 31),
        actor=DESK,
        now=now,
    )


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("America/New_York", NEW_YORK_MIDNIGHT_BEFORE_MAY_5),
        ("America/New_York", NEW_YORK_LATE_ON_MAY_5),
        ("Pacific/Auckland", AUCKLAND_MIDNIGHT_BEFORE_MAY_5),
        ("Pacific/Auckland", AUCKLAND_LATE_ON_MAY_5),
    ],
)
def test_a_credential_counts_from_midnight_to_midnight_of_the_site(
    zone: str, now: datetime
) -> None:
    # Another site comes first by name: it must not decide which day it is.
    a_site("A site elsewhere", zone="Pacific/Honolulu")
    assert _decide(_assessed(zone=zone), now).decision == "eligible"


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("America/New_York", NEW_YORK_LATE_ON_MAY_4),
        ("America/New_York", NEW_YORK_MIDNIGHT_AFTER_MAY_5),
        ("Pacific/Auckland", AUCKLAND_LATE_ON_MAY_4),
        ("Pacific/Auckland", AUCKLAND_MIDNIGHT_AFTER_MAY_5),
    ],
)
def test_a_moment_outside_that_day_is_refused_and_names_the_day(
    zone: str, now: datetime
) -> None:
    assessment = _assessed(zone=zone)
    with pytest.raises(CredentialMissing, match=r"on May [46]\."):
        _decide(assessment, now)
    assessment.refresh_from_db()
    assert assessment.decision == "pending"


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_a_visit_that_did_not_happen_says_nothing_about_the_day(status: str) -> None:
    a_site("A first site", zone="America/New_York")
    assessment = _assessed(zone="Pacific/Auckland", status=status)
    assert _decide(assessment, NEW_YORK_LATE_ON_MAY_5).decision == "eligible"


def test_without_a_visit_the_day_is_that_of_the_first_site() -> None:
    a_site("Westlake", zone="Pacific/Auckland")
    a_site("Riverside", zone="America/New_York")
    assessment = Assessment.objects.create(
        course=a_course(status="referred"), assessed_on=MAY_5, recorded_at=NOW
    )
    with pytest.raises(CredentialMissing):
        _decide(assessment, NEW_YORK_MIDNIGHT_AFTER_MAY_5)
    assert _decide(assessment, NEW_YORK_LATE_ON_MAY_5).decision == "eligible"
