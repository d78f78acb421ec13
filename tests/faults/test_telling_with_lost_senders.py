"""Senders are killed while they work: nothing is lost, and each kill repeats one mail.

The one ambiguous window lies between the mail server's answer and our record of it.
"""

import random
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from notifications.models import Notification
from scheduler.models import AppointmentEvent
from tests.builders import NOW, an_appointment
from tests.faults.outbox import LEASE_AND_MORE, Sender, due_messages
from tests.faults.unreliable import UnreliableMailbox
from tests.mailbox import Mailbox
from tests.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 6
MESSAGES = 150


@pytest.fixture
def server() -> Iterator[UnreliableMailbox]:
    # The server lingers between taking a message and saying so: there kills hurt most.
    mailbox = UnreliableMailbox(linger_seconds=0.005)
    with mailbox:
        yield mailbox


def send(server: UnreliableMailbox, *, lives: int) -> Sender:
    """A sender that starts when the leases of those before it have run out."""
    return Sender(smtp_port=server.port, now=NOW + lives * LEASE_AND_MORE)


def test_killed_senders_lose_nothing_and_repeat_at_most_one_each(
    server: UnreliableMailbox,
) -> None:
    rows = due_messages(MESSAGES)
    chance = random.Random(2)
    for life in range(KILLS):
        enough = len(server.messages) + chance.randint(1, MESSAGES // (2 * KILLS))
        with send(server, lives=life) as sender:
            while len(server.messages) < enough:
                assert sender.is_running
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.012))
            sender.kill()
    with send(server, lives=KILLS) as last:
        last.finish()
    received = server.message_ids()
    repeated = len(received) - len(set(received))
    unsure = Notification.objects.aggregate(total=Sum("unsure_hand_overs"))["total"]
    assert set(received) == {row.message_id for row in rows}
    assert set(Notification.objects.values_list("status", flat=True)) == {"sent"}
    assert repeated <= unsure <= KILLS


def test_two_senders_at_once_repeat_nothing(server: UnreliableMailbox) -> None:
    rows = due_messages(MESSAGES)
    with send(server, lives=0) as one, send(server, lives=0) as other:
        one.finish()
        other.finish()
    assert sorted(server.message_ids()) == sorted(row.message_id for row in rows)
    assert Notification.objects.unsure().count() == 0


def test_a_real_worker_plans_and_sends(
    celery_worker: Worker, smtp_server: Mailbox
) -> None:
    now = timezone.now()
    appointment = an_appointment(starts_at=now + timedelta(days=2))
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind="booked",
        to_status="booked",
        revision=0,
        sequence=0,
        actor_label="tests",
        occurred_at=now - timedelta(minutes=10),
    )
    celery_worker.run("notifications.tasks.plan_notifications")
    celery_worker.run("notifications.tasks.dispatch_notifications")
    celery_worker.run("notifications.tasks.dispatch_notifications")
    celery_worker.run("notifications.tasks.reconcile_notifications")
    (mail,) = smtp_server.messages
    assert mail["Message-ID"] == Notification.objects.get(kind="invite").message_id
