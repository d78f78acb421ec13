"""Measures django-appointment's own slot function, in a process of its own.

Reads one provider's bookings as JSON and prints what its function, called for each
day, took in the middle of several rounds, with its queries and how much it found.
"""

import json
import logging
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Week:
    """One provider: open on weekdays from `opens` to `closes`, booked by the hour."""

    first_on: str
    days: int
    opens: int
    closes: int
    # Day and hour of every visit of an hour that is booked already.
    booked: list[tuple[str, int]]
    rounds: int = 5


@dataclass(frozen=True)
class Slots:
    """What the peer took, asked and found."""

    milliseconds: float
    queries: int
    found: int


def peer_slots(week: Week) -> Slots:
    """Return what django-appointment takes for the same provider and days."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.peer_slots"],
        input=json.dumps(asdict(week)),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.peer_settings",
            "PYTHONPATH": str(ROOT),
        },
    )
    return Slots(**json.loads(result.stdout.splitlines()[-1]))


def main() -> None:
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    # The package comes without migrations.
    call_command("migrate", run_syncdb=True, verbosity=0)
    week = _ahead(Week(**json.load(sys.stdin)))
    staff, service = _provider(week)
    ask = _asking(week, staff, service)
    with CaptureQueriesContext(connection) as captured:
        found = ask()
    took = []
    for _ in range(week.rounds):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    slots = Slots(statistics.median(took) * 1000, len(captured), found)
    print(json.dumps(asdict(slots)))


def _ahead(week: Week) -> Week:
    """The same week so many whole weeks later that it lies ahead of the clock.

    The package refuses bookings in the past, and goes by the clock of the machine.
    """
    first_on = date.fromisoformat(week.first_on)
    behind = max((date.today() - first_on).days, 0)  # noqa: DTZ011
    later = timedelta(weeks=behind // 7 + 2)
    return replace(
        week,
        first_on=str(first_on + later),
        booked=[
            (str(date.fromisoformat(on) + later), hour) for on, hour in week.booked
        ],
    )


def _asking(week: Week, staff: Any, service: Any) -> Any:
    from appointment.services import get_available_slots_for_staff
    from appointment.utils.date_time import get_weekday_num

    first_on = date.fromisoformat(week.first_on)

    def ask() -> int:
        found = 0
        for number in range(week.days):
            on = first_on + timedelta(days=number)
            # The package counts weekdays from Sunday.
            weekday = get_weekday_num(on.strftime("%A"))
            slots = get_available_slots_for_staff(on, staff, weekday, service)
            found += len(slots)
        return found

    return ask


def _provider(week: Week) -> tuple[Any, Any]:
    from appointment.models import (
        Appointment,
        AppointmentRequest,
        Service,
        StaffMember,
        WorkingHours,
    )
    from django.contrib.auth.models import User

    service = Service.objects.create(
        name="Integration", duration=timedelta(minutes=60), price=0
    )
    staff = StaffMember.objects.create(
        user=User.objects.create(username="provider"),
        slot_duration=15,
        slot_gap_time=0,
        appointment_buffer_time=0,
        lead_time=clock_time(week.opens),
        finish_time=clock_time(week.closes),
    )
    staff.services_offered.add(service)
    for weekday in range(1, 6):
        WorkingHours.objects.create(
            staff_member=staff,
            day_of_week=weekday,
            start_time=clock_time(week.opens),
            end_time=clock_time(week.closes),
        )
    client = User.objects.create(username="client")
    for on, hour in week.booked:
        request = AppointmentRequest.objects.create(
            date=date.fromisoformat(on),
            start_time=clock_time(hour),
            end_time=clock_time(hour + 1),
            service=service,
            staff_member=staff,
        )
        Appointment.objects.create(
            client=client, appointment_request=request, amount_to_pay=0, phone=""
        )
    return staff, service


if __name__ == "__main__":
    main()
