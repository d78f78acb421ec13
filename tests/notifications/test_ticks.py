"""Several ticks at once, a loop of its own, and a broker that is gone."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from celery import Celery
from django.core.management import call_command
from django.db import connection
from kombu.exceptions import OperationalError

from notifications import doorbell
from notifications.models import EventFloor, EventRead, Notification
from scheduler.config.celery import app as clinic_app
from scheduler.models import AppointmentEvent
from tests.builders import NOW, a_patient, at
from tests.mailbox import Mailbox
from tests.notifications.scenes import TOLD_AT, a_booking, plan, rows

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("day_before"),
]


def _plan_and_close(ready: threading.Barrier, faults: list[BaseException]) -> None:
    try:
        ready.wait()
        plan()
    except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
        faults.append(error)
    finally:
        connection.close()


def test_planners_at_the_same_time_plan_everything_once() -> None:
    for number in range(5):
        a_booking(patient=a_patient(f"P{number}"))
    ready, faults = threading.Barrier(4), list[BaseException]()
    planners = [
        threading.Thread(target=_plan_and_close, args=(ready, faults)) for _ in range(4)
    ]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join()
    assert faults == []
    assert Notification.objects.count() == 10
    assert EventRead.objects.count() == AppointmentEvent.objects.count()


def test_an_event_that_commits_late_with_an_older_number_is_still_read() -> None:
    appointment = a_booking()
    late = AppointmentEvent.objects.get()
    AppointmentEvent.objects.create(
        id=late.pk + 100,
        appointment=a_booking(patient=a_patient("Ben")),
        kind="restaffed",
        to_status="booked",
        revision=0,
        sequence=0,
        actor_label="tests",
        occurred_at=NOW,
    )
    plan()
    EventRead.objects.filter(event=late).delete()
    Notification.objects.filter(appointment=appointment).delete()
    assert plan() == 2
    assert EventFloor.objects.get().event_id < late.pk


def test_the_command_looks_once_and_says_what_it_did(
    smtp_server: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    appointment = a_booking()
    with time_machine.travel(TOLD_AT + timedelta(seconds=1), tick=False):
        call_command("send_due")
    assert capsys.readouterr().out == "Planned 2, sent 1.\n"
    assert rows(appointment, "invite")[0].status == "sent"
    assert len(smtp_server.messages) == 1


@pytest.fixture
def dead_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    monkeypatch.setattr(doorbell, "_last_rung", float("-inf"))
    app = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.set_current()
    yield app
    clinic_app.set_current()


def test_a_broker_that_is_gone_does_not_disturb_a_booking(dead_broker: Celery) -> None:
    with pytest.raises(OperationalError):
        dead_broker.send_task(doorbell.TASK, retry=False)
    appointment = a_booking(starts_at=at(11, day=2))
    assert appointment.status == "booked"
    assert plan() == 2


def test_the_broker_has_an_address_that_nobody_warns_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with clinic_app.connection_for_write() as broker:
        # A pool copies the connection, and a copy is made from the address.
        broker.clone().ensure_connection(max_retries=1).release()
    assert caplog.records == []
