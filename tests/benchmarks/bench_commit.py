"""What one committed row costs here: the floor under every other figure."""

import itertools

from django.contrib.auth.models import Group
from django.db import transaction

from tests.benchmarks.harness import Report, median_milliseconds


def measure_one_committed_row(report: Report) -> None:
    numbers = itertools.count()

    def commit() -> None:
        with transaction.atomic():
            Group.objects.create(name=f"group {next(numbers)}")

    report.register(
        name="one row committed to the disk",
        size="1 row",
        value=median_milliseconds(commit, rounds=200),
        unit="ms",
        at_most=20,
    )
