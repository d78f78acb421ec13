"""Messages in the admin: read-only, and few queries however many there are."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from notifications.models import Notification
from tests.builders import NOW, a_course, a_patient, a_session, a_site, an_appointment

pytestmark = pytest.mark.django_db
LIST = "/notifications/notification/"


def messages(count: int) -> None:
    for _ in range(count):
        number = Notification.objects.count()
        patient = a_patient(f"Given{number}", f"Family{number}")
        appointment = an_appointment(a_session(a_course(patient)), site=a_site())
        Notification.objects.create(
            appointment=appointment,
            revision=0,
            sequence=0,
            uid=appointment.uid,
            rule_code="invite",
            kind="invite",
            recipient=patient.email,
            shows_starts_at=appointment.starts_at,
            shows_ends_at=appointment.ends_at,
            shows_site=appointment.site,
            planned_at=NOW,
            due_at=NOW,
            expires_at=NOW + timedelta(days=1),
            stamped_at=NOW,
        )


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.mark.parametrize("address", [LIST, "/outbox/"])
def test_messages_take_as_many_queries_for_50_rows_as_for_10(
    boss: Client, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    messages(10)
    with django_assert_max_num_queries(10) as short:
        boss.get(address)
    messages(40)
    with django_assert_max_num_queries(10) as long:
        boss.get(address)
    assert len(short.captured_queries) == len(long.captured_queries)


def test_nobody_changes_a_message_in_the_admin(boss: Client) -> None:
    messages(1)
    address = f"{LIST}{Notification.objects.get().pk}/"
    assert boss.get(f"{address}change/").status_code == 200
    assert boss.post(f"{address}change/", {"status": "sent"}).status_code == 403
    assert boss.post(f"{address}delete/").status_code == 403
    assert boss.get(f"{LIST}add/").status_code == 403
