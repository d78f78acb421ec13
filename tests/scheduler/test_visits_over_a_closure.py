"""Visits that a closure hits are named when it is made, and flagged until they move."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from scheduler.actions.close_time import close_time
from scheduler.models import Appointment, Resource, Site
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_patient,
    a_session,
    an_appointment,
    at,
)
from tests.desk import an_approved_session, book, claimed
from tests.notifications.scenes import TOLD_AT, tell
from tests.staff_pages import FRONT_DESK, MANAGER, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(nurses=2)


@pytest.fixture
def desk() -> Client:
    return a_client(FRONT_DESK)


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    """A visit of today at ten o'clock, with the first nurse."""
    return book(
        an_approved_session(),
        clinic.site,
        at(10),
        chosen={"nurse": clinic.nurses[0].pk},
    )


def _close(resource: Resource | None = None, site: Site | None = None) -> None:
    close_time(
        resource=resource,
        site=site,
        starts_at=at(0),
        ends_at=at(24, day=3),
        reason="Sick",
        despite_appointments=True,
        actor=DESK,
        now=NOW,
    )


def _pages(desk: Client, visit: Appointment) -> dict[str, str]:
    addresses = {
        "course": f"/courses/{visit.session.course_id}/",
        "board": "/",
        "panel": f"/appointments/{visit.pk}/panel/",
        "visit": f"/appointments/{visit.pk}/",
        "move": f"/appointments/{visit.pk}/move/",
    }
    return {name: text_of(desk.get(where)) for name, where in addresses.items()}


def _statuses_in_columns(desk: Client) -> set[str]:
    events = desk.get("/board/visits.json").json()["events"]
    return {event["extendedProps"]["status"] for event in events}


def test_every_page_says_who_is_closed_when_the_visit_is(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    ill = clinic.nurses[0]
    for name, words in _pages(desk, visit).items():
        assert "closed then" not in words, name
    _close(ill)
    for name, words in _pages(desk, visit).items():
        assert f"{ill.name} is closed then" in words, name
    assert _statuses_in_columns(desk) == {"Closed then"}


def test_a_closed_site_is_named_once(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    _close(site=clinic.site)
    words = _pages(desk, visit)["visit"]
    assert words.count(f"{clinic.site.name} is closed then") == 1


def test_somebody_elses_closure_and_what_is_over_are_not_flagged(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    _close(clinic.nurses[1])
    assert "closed then" not in " ".join(_pages(desk, visit).values())
    _close(clinic.nurses[0])
    Appointment.objects.filter(pk=visit.pk).update(
        status="completed", sequence=1, revision=1
    )
    for name in ("course", "board", "panel", "visit"):
        assert "closed then" not in _pages(desk, visit)[name], name


def test_one_button_lets_others_serve_it_at_the_same_time_and_mails_nobody(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    address = f"/appointments/{visit.pk}/move/"
    assert "Same time, other people" not in text_of(desk.get(address))
    ill, well = clinic.nurses
    _close(ill)
    assert "Same time, other people" in text_of(desk.get(address))
    assert tell(TOLD_AT) > 0
    told = len(mail.outbox)
    assert told > 0
    answer = desk.post(
        address,
        {
            "site": clinic.site.pk,
            "on": TODAY,
            "at": "10:00",
            "revision": visit.revision,
        },
    )
    assert said(answer) == [
        "The visit keeps its time. Other people or rooms serve it now."
    ]
    people = {resource for resource, *_ in claimed(visit)}
    assert well in people
    assert ill not in people
    visit.refresh_from_db()
    assert (visit.sequence, visit.revision) == (0, 1)
    assert tell(TOLD_AT + timedelta(minutes=10)) == 0
    assert len(mail.outbox) == told
    assert "closed then" not in " ".join(_pages(desk, visit).values())


def test_closing_names_each_visit_that_is_hit_with_a_link_to_it(
    clinic: Clinic, visit: Appointment
) -> None:
    other = book(
        an_approved_session(a_patient("Ben", "Ito")),
        clinic.site,
        at(14),
        chosen={"nurse": clinic.nurses[0].pk},
    )
    manager = a_client(MANAGER)
    answer = manager.post(
        "/closures/new/",
        {
            "site": clinic.site.pk,
            "resource": clinic.nurses[0].pk,
            "from_on": TODAY,
            "from_at": "00:00",
            "until_on": TODAY,
            "until_at": "20:00",
            "reason": "Sick",
            "despite_appointments": "on",
        },
    )
    assert said(answer) == ["The time is closed."]
    page = manager.get(answer["Location"])
    assert "2 visits booked in that time" in text_of(page)
    for each in (visit, other):
        assert f'<a href="/appointments/{each.pk}/">' in page.content.decode()
        assert str(each.patient) in text_of(page)


def test_closing_over_nothing_names_nothing(clinic: Clinic) -> None:
    answer = a_client(MANAGER).post(
        "/closures/new/",
        {
            "site": clinic.site.pk,
            "resource": clinic.nurses[0].pk,
            "from_on": TODAY,
            "from_at": "00:00",
            "until_on": TODAY,
            "until_at": "20:00",
            "reason": "Sick",
        },
    )
    assert said(answer) == ["The time is closed."]


def test_the_course_page_asks_the_same_queries_for_one_hit_visit_and_for_more(
    desk: Client,
    clinic: Clinic,
    visit: Appointment,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    address = f"/courses/{visit.session.course_id}/"
    _close(site=clinic.site)
    desk.get(address)
    with django_assert_max_num_queries(40) as few:
        desk.get(address)
    for day in (1, 2, 3):
        an_appointment(
            a_session(visit.session.course),
            site=clinic.site,
            starts_at=at(10, day=day),
            claims=[(clinic.nurses[0], 0)],
        )
    with django_assert_max_num_queries(40) as many:
        desk.get(address)
    assert text_of(desk.get(address)).count("is closed then") == 4
    assert len(few.captured_queries) == len(many.captured_queries)
