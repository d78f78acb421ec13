"""A clinician gets a calendar address of their own, and can take it away."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Clinician
from scheduler.models import CalendarFeed
from tests.builders import a_user

pytestmark = pytest.mark.django_db


def a_signed_in_clinician(client: Client) -> Clinician:
    user = a_user("kim", role="Clinician")
    client.force_login(user)
    return Clinician.objects.create(user=user, display_name="Dr. Kim")


def address_on(body: str) -> str:
    found = re.search(r"/ical/[^\"]+\.ics", body)
    assert found is not None
    return found.group()


def test_a_clinician_makes_an_address_and_it_is_a_calendar(client: Client) -> None:
    a_signed_in_clinician(client)
    page = client.post(reverse("scheduler:make_feed_address"))
    assert "no-store" in page["Cache-Control"]
    feed = Client().get(address_on(page.content.decode()))
    assert feed.status_code == 200
    assert feed.content.startswith(b"BEGIN:VCALENDAR")


def test_the_address_is_shown_only_once(client: Client) -> None:
    a_signed_in_clinician(client)
    client.post(reverse("scheduler:make_feed_address"))
    again = client.get(reverse("scheduler:my_calendar")).content.decode()
    assert "/ical/" not in again
    assert "You have a calendar address" in again


def test_a_new_address_replaces_the_old_one(client: Client) -> None:
    clinician = a_signed_in_clinician(client)
    make = reverse("scheduler:make_feed_address")
    first = address_on(client.post(make).content.decode())
    second = address_on(client.post(make).content.decode())
    assert first != second
    assert (
        CalendarFeed.objects.filter(
            clinician=clinician, revoked_at__isnull=True
        ).count()
        == 1
    )


def test_an_address_that_was_taken_away_has_no_visits(client: Client) -> None:
    a_signed_in_clinician(client)
    made = client.post(reverse("scheduler:make_feed_address"))
    client.post(reverse("scheduler:revoke_feed_address"))
    feed = Client().get(address_on(made.content.decode()))
    assert b"BEGIN:VEVENT" not in feed.content
    assert not CalendarFeed.objects.filter(revoked_at__isnull=True).exists()


def test_somebody_who_is_no_clinician_is_told_so(client: Client) -> None:
    client.force_login(a_user("desk", role="Front desk"))
    client.post(reverse("scheduler:make_feed_address"))
    assert not CalendarFeed.objects.exists()
    page = client.get(reverse("scheduler:my_calendar")).content.decode()
    assert "Only a clinician" in page
