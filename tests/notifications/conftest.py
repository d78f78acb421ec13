"""The reminder rule that a new clinic begins with; emptied tables have lost it."""

from datetime import time

import pytest

from notifications.models import ReminderRule


@pytest.fixture
def day_before(db: None) -> ReminderRule:
    return ReminderRule.objects.update_or_create(
        code="reminder-1d",
        defaults={"name": "Day before", "days_before": 1, "at_clock": time(10)},
    )[0]
