"""The clinic's clocks for the tests of pages."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.builders import NOW


@pytest.fixture
def monday_morning() -> Iterator[None]:
    """It is 9:00 in New York on the day that the builders call today."""
    with time_machine.travel(NOW, tick=False):
        yield
