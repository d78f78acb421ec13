"""Refusals, broken connections and silence: nothing owed is lost or hidden."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from notifications.channels.delivery import Delivery, Outcome
from notifications.leases import begin_hand_over, claim, record
from notifications.models import DeliveryAttempt, Notification
from scheduler.models import Site
from tests.builders import NOW
from tests.faults.outbox import LEASE_AND_MORE, due_messages
from tests.faults.unreliable import UnreliableMailbox
from tests.notifications.scenes import dispatch

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def server(settings: Settings) -> Iterator[UnreliableMailbox]:
    mailbox = UnreliableMailbox()
    with mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
        yield mailbox


def outcomes() -> list[str]:
    attempts = DeliveryAttempt.objects.order_by("notification_id", "number")
    return list(attempts.values_list("outcome", flat=True))


@pytest.mark.parametrize("answer", ["451 Busy, try later", "rcpt 450 Mailbox busy"])
def test_a_refusal_for_now_is_tried_again_after_a_while(
    server: UnreliableMailbox, answer: str
) -> None:
    (row,) = due_messages(1)
    server.answers.append(answer)
    assert dispatch(NOW) == 0
    row.refresh_from_db()
    assert row.status == "planned"
    assert NOW + timedelta(seconds=45) < row.due_at < NOW + timedelta(seconds=75)
    assert "usy" in row.reason
    assert dispatch(NOW + timedelta(seconds=40)) == 0
    assert dispatch(LATER) == 1
    assert outcomes() == ["refused_for_now", "accepted"]
    assert server.message_ids() == [row.message_id]


@pytest.mark.parametrize("answer", ["554 No such thing", "rcpt 550 Unknown person"])
def test_a_refusal_for_good_is_shown_and_not_repeated(
    server: UnreliableMailbox, answer: str
) -> None:
    (row,) = due_messages(1)
    server.answers.append(answer)
    dispatch(NOW)
    row.refresh_from_db()
    assert row.status == "failed"
    assert row.reason.startswith("55")
    assert dispatch(NOW + timedelta(hours=12)) == 0
    assert outcomes() == ["refused"]


def test_one_bad_address_does_not_stop_the_others(server: UnreliableMailbox) -> None:
    due_messages(3)
    server.answers.append("rcpt 550 Unknown person")
    assert dispatch(NOW) == 2


def test_a_connection_lost_after_the_message_is_counted_and_sent_again(
    server: UnreliableMailbox,
) -> None:
    (row,) = due_messages(1)
    server.answers.append("drop")
    assert dispatch(NOW) == 0
    row.refresh_from_db()
    assert (row.status, row.unsure_hand_overs) == ("planned", 1)
    assert dispatch(LATER) == 1
    assert server.message_ids() == [row.message_id] * 2
    assert outcomes() == ["unsure", "accepted"]
    assert list(Notification.objects.unsure()) == [row]


def test_after_a_lost_connection_the_others_still_leave(
    server: UnreliableMailbox,
) -> None:
    due_messages(3)
    server.answers.append("drop")
    assert dispatch(NOW) == 2


def test_a_server_that_is_down_costs_no_attempt(
    server: UnreliableMailbox, settings: Settings
) -> None:
    (row,) = due_messages(1)
    settings.EMAIL_PORT = 1
    assert dispatch(NOW) == 0
    row.refresh_from_db()
    assert (row.status, row.attempts, row.due_at) == ("planned", 0, NOW)
    settings.EMAIL_PORT = server.port
    assert dispatch(NOW + timedelta(hours=20)) == 1


def test_attempts_end_and_the_message_is_shown_as_failed(
    server: UnreliableMailbox,
) -> None:
    (row,) = due_messages(1)
    server.answers.extend(["451 Busy"] * 20)
    for hours in range(1, 40, 4):
        dispatch(NOW + timedelta(hours=hours))
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("failed", 8)


def test_a_message_that_cannot_be_written_does_not_stop_the_others(
    server: UnreliableMailbox,
) -> None:
    broken, _ = due_messages(2)
    Notification.objects.filter(pk=broken.pk).update(kind="telegram")
    assert dispatch(NOW) == 1
    broken.refresh_from_db()
    assert broken.status == "planned"
    assert broken.reason.startswith("It could not be written")


def test_staff_can_write_while_a_mail_server_takes_its_time(
    server: UnreliableMailbox,
) -> None:
    due_messages(1)
    server.answers.append("wait")
    sender = threading.Thread(target=_dispatch_and_close)
    sender.start()
    while not server.is_waiting:
        sender.join(0.005)
    Site.objects.create(code="new", name="New", address="1 St", time_zone="UTC")
    server.may_go_on = True
    sender.join()
    assert Notification.objects.get().status == "sent"


def _dispatch_and_close() -> None:
    try:
        dispatch(NOW)
    finally:
        connection.close()


def test_a_sender_that_overslept_cannot_overwrite_its_successor(
    server: UnreliableMailbox,
) -> None:
    (row,) = due_messages(1)
    lease = claim(limit=1, now=NOW)
    hand_over = begin_hand_over(pk=row.pk, lease=lease, now=NOW)
    assert hand_over is not None
    assert dispatch(NOW + LEASE_AND_MORE) == 1
    refused = Delivery(Outcome.REFUSED, "Too late to count")
    assert not record(hand_over=hand_over, delivery=refused, now=NOW + LEASE_AND_MORE)
    row.refresh_from_db()
    assert (row.status, row.unsure_hand_overs) == ("sent", 1)


def test_a_message_that_stops_its_sender_three_times_is_set_aside(
    server: UnreliableMailbox,
) -> None:
    bad, good = due_messages(2)
    for time in range(3):
        now = NOW + time * LEASE_AND_MORE
        lease = claim(limit=1, now=now)
        assert lease.ids == (bad.pk,)
        begin_hand_over(pk=bad.pk, lease=lease, now=now)
    assert dispatch(NOW + 3 * LEASE_AND_MORE) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, good.status) == ("poison", "sent")
    assert "three times" in bad.reason


def test_messages_that_were_only_taken_along_are_not_blamed(
    server: UnreliableMailbox,
) -> None:
    due_messages(3)
    for time in range(4):
        claim(limit=3, now=NOW + time * LEASE_AND_MORE)
    assert dispatch(NOW + 4 * LEASE_AND_MORE) == 3
    assert Notification.objects.unsure().count() == 0
