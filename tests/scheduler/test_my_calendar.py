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


def make_address(client: Client, replaces: str = "") -> str:
    """Press the button, and read the address on the page that follows."""
    make = reverse("scheduler:make_feed_address")
    page = client.post(make, {"replaces": replaces}, follow=True)
    assert "no-store" in page["Cache-Control"]
    return address_on(page.content.decode())


def test_a_clinician_makes_an_address_and_it_is_a_calendar(client: Client) -> None:
    a_signed_in_clinician(client)
    feed = Client().get(make_address(client))
    assert feed.status_code == 200
    assert feed.content.startswith(b"BEGIN:VCALENDAR")


def test_the_address_is_shown_only_once_and_a_reload_makes_no_other(
    client: Client,
) -> None:
    a_signed_in_clinician(client)
    made = client.post(reverse("scheduler:make_feed_address"))
    assert made["Location"] == reverse("scheduler:my_calendar")
    assert "/ical/" in client.get(made["Location"]).content.decode()
    assert CalendarFeed.objects.count() == 1
    again = client.get(reverse("scheduler:my_calendar")).content.decode()
    assert "/ical/" not in again
    assert "You have a calendar address" in again


def test_a_new_address_replaces_the_old_one(client: Client) -> None:
    clinician = a_signed_in_clinician(client)
    first = make_address(client)
    replaced = CalendarFeed.objects.get()
    second = make_address(client, str(replaced.pk))
    assert first != second
    assert (
        CalendarFeed.objects.filter(
            clinician=clinician, revoked_at__isnull=True
        ).count()
        == 1
    )


def test_a_page_that_did_not_show_the_address_does_not_replace_it(
    client: Client,
) -> None:
    a_signed_in_clinician(client)
    address = make_address(client)
    page = client.post(reverse("scheduler:make_feed_address"), follow=True)
    assert "changed after you opened it" in page.content.decode()
    assert "/ical/" not in page.content.decode()
    assert b"BEGIN:VCALENDAR" in Client().get(address).content
    assert CalendarFeed.objects.count() == 1


def test_replacing_and_taking_away_ask_once_more_and_say_what_follows(
    client: Client,
) -> None:
    a_signed_in_clinician(client)
    make_address(client)
    page = client.get(reverse("scheduler:my_calendar")).content.decode()
    assert page.count("calendars that read it become empty") == 2
    assert page.index("<details") < page.index("Replace the address")


def test_an_address_that_was_taken_away_has_no_visits(client: Client) -> None:
    a_signed_in_clinician(client)
    address = make_address(client)
    client.post(reverse("scheduler:revoke_feed_address"))
    feed = Client().get(address)
    assert b"BEGIN:VEVENT" not in feed.content
    assert not CalendarFeed.objects.filter(revoked_at__isnull=True).exists()


def test_somebody_who_is_no_clinician_is_told_so(client: Client) -> None:
    client.force_login(a_user("desk", role="Front desk"))
    client.post(reverse("scheduler:make_feed_address"))
    assert not CalendarFeed.objects.exists()
    page = client.get(reverse("scheduler:my_calendar")).content.decode()
    assert "Only a clinician" in page
