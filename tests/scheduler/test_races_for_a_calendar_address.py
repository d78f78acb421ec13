"""Two people ask for one clinician's calendar address at the same instant."""

from functools import partial

import pytest

from scheduler.actions.issue_calendar_feed import issue_calendar_feed
from scheduler.calendars.tokens import token_hash
from scheduler.models import CalendarFeed
from tests.builders import DESK, NOW, a_clinician
from tests.racing import race, winners


@pytest.mark.django_db(transaction=True)
def test_of_two_addresses_issued_at_once_one_is_open() -> None:
    click = partial(issue_calendar_feed, clinician=a_clinician(), actor=DESK, now=NOW)
    issued = winners(race(*[click] * 4))
    assert len(issued) == 4
    still_open = CalendarFeed.objects.get(revoked_at__isnull=True)
    assert still_open.token_hash in {token_hash(each.token) for each in issued}
