"""Web, worker and beat are killed in turn while the front desk goes on booking.

What the desk was told is done is done, whole; what it wasn't told is there whole or
not at all. Everybody is told the last word, and twice only by the one named window:
a worker that dies between the mail server's answer and its own record of it.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from itertools import pairwise

import pytest
from django.utils.timezone import now
from icalendar import Calendar, Event
from pytest_django import Settings

from courses.models import ResourceNeed, Session
from notifications.models import EventRead, Notification
from scheduler.models import Appointment, AppointmentEvent, Claim
from scheduler.roles import FRONT_DESK, install_roles
from tests.builders import (
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    a_user,
    an_eligible_assessment,
    working_hours,
)
from tests.faults.desks import Desk, history_of
from tests.faults.open_clinic import OpenClinic
from tests.faults.outbox import LEASE_AND_MORE, Sender
from tests.faults.unreliable import UnreliableMailbox

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAMS = ("web", "worker", "beat")
# At first with all their children, as by a power cut; then as one types kill -9.
KILLS = [
    (name, with_children) for with_children in (True, False, True) for name in PROGRAMS
]
DESKS = 3
VISITS_OF_A_DESK = 25
ANSWERS_BETWEEN_KILLS = 20
MAILS_BETWEEN_KILLS = 3
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[UnreliableMailbox]:
    # The server lingers between taking a message and saying so: there kills hurt most.
    mailbox = UnreliableMailbox(linger_seconds=0.01)
    with mailbox:
        yield mailbox


@pytest.fixture
def clinic(settings: Settings) -> Clinic:
    """A clinic that is open every day, with a login for its front desk."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    install_roles()
    a_user("desk", role=FRONT_DESK)
    clinic = a_clinic(nurses=2)
    things = (*clinic.chairs, *clinic.nurses, clinic.prescriber)
    for resource in things:
        working_hours(resource, weekdays=(5, 6))
    return clinic


def infusions(desk: int) -> list[Session]:
    """One for each of the desk's own patients, who may have it."""
    today = now().date()
    sessions = []
    for number in range(VISITS_OF_A_DESK):
        course = a_course(a_patient(email=f"p{desk}{number}@mail.example"))
        an_eligible_assessment(
            course, assessed_on=today, valid_until=today + timedelta(days=300)
        )
        sessions.append(a_session(course))
    return sessions


def test_killed_programs_lose_nothing_and_repeat_at_most_one_mail_each(
    clinic: Clinic, server: UnreliableMailbox
) -> None:
    chance = random.Random(9)
    with OpenClinic(smtp_port=server.port) as programs:
        desks = [
            Desk(port=programs.port, site=clinic.site, sessions=infusions(number))
            for number in range(DESKS)
        ]
        with at_work(desks):
            for name, with_children in KILLS:
                wait_for_work(programs, desks, server)
                time.sleep(chance.uniform(0, 0.02))
                programs.kill(name, with_children=with_children)
                programs.start(name)
        programs.wait_for_web()
        # Nobody rings any more: beat is well again and wakes the worker by itself.
        programs.wait_until(everything_due_has_left)
        programs.end("worker")
    with Sender(smtp_port=server.port, now=now() + LEASE_AND_MORE) as last:
        last.finish()

    for desk in desks:
        assert desk.surprises == []
        for visit in desk.visits:
            assert list(history_of(visit)) == visit.steps
    every_appointment_is_whole()
    nothing_is_claimed_twice()
    kills = sum(name == "worker" for name, _ in KILLS)
    every_message_left_once_but_for(kills, server.messages)
    calendars_agree(server.messages)


@contextmanager
def at_work(desks: list[Desk]) -> Iterator[None]:
    """The desks book, move and cancel until the block ends."""
    for desk in desks:
        desk.start()
    try:
        yield
    finally:
        for desk in desks:
            desk.is_closing.set()
        for desk in desks:
            desk.join()


def wait_for_work(
    programs: OpenClinic, desks: list[Desk], server: UnreliableMailbox
) -> None:
    """Desks have been answered again, and the worker is sending."""
    answered = sum(desk.answered for desk in desks) + ANSWERS_BETWEEN_KILLS
    mailed = len(server.messages) + MAILS_BETWEEN_KILLS
    programs.wait_until(
        lambda: (
            sum(desk.answered for desk in desks) >= answered
            and len(server.messages) >= mailed
        ),
        ring=programs.doorbell,
    )


def everything_due_has_left() -> bool:
    soon = now() + timedelta(minutes=1)
    unread = AppointmentEvent.objects.count() - EventRead.objects.count()
    return not unread and not Notification.objects.due(soon).exists()


def every_appointment_is_whole() -> None:
    """Neither an appointment without its claims and history, nor the reverse."""
    needed = Counter(
        (need.party, need.starts_after_minutes, need.minutes)
        for need in ResourceNeed.objects.all()
        for _ in range(need.units)
    )
    for appointment in Appointment.objects.prefetch_related("claims", "events"):
        claims = appointment.claims.all()
        assert needed == Counter(
            (
                claim.party,
                (claim.starts_at - appointment.starts_at) // MINUTE,
                (claim.ends_at - claim.starts_at) // MINUTE,
            )
            for claim in claims
        )
        assert {claim.is_live for claim in claims} == {appointment.is_live}
        revisions = sorted(event.revision for event in appointment.events.all())
        assert revisions == list(range(appointment.revision + 1))


def nothing_is_claimed_twice() -> None:
    ordered = Claim.objects.live().order_by("resource", "unit", "starts_at")
    for before, after in pairwise(ordered):
        if (before.resource_id, before.unit) == (after.resource_id, after.unit):
            assert before.ends_at <= after.starts_at


def every_message_left_once_but_for(kills: int, messages: list[EmailMessage]) -> None:
    rows = {
        row.message_id: row for row in Notification.objects.exclude(kind="reminder")
    }
    left: dict[str, list[bytes]] = {message_id: [] for message_id in rows}
    for message in messages:
        left[str(message["Message-ID"])].append(calendar_of(message))
    for message_id, copies in left.items():
        row = rows[message_id]
        assert row.status in {"sent", "unknown", "superseded", "suppressed"}
        surely = 1 if row.status == "sent" else 0
        assert surely <= len(copies) <= surely + row.unsure_hand_overs
        assert len(set(copies)) <= 1
    assert sum(row.unsure_hand_overs for row in rows.values()) <= kills


def calendars_agree(messages: list[EmailMessage]) -> None:
    """The last word that reached a patient is what the database says."""
    last: dict[str, tuple[str, Event]] = {}
    for message in messages:
        calendar = Calendar.from_ical(calendar_of(message))
        assert isinstance(calendar, Calendar)
        (event,) = calendar.events
        last[str(event["UID"])] = str(calendar["METHOD"]), event
    for appointment in Appointment.objects.all():
        is_on = appointment.status == "booked"
        if not is_on and appointment.uid not in last:
            continue  # booked and cancelled again before anything was told
        method, event = last[appointment.uid]
        assert method == ("REQUEST" if is_on else "CANCEL")
        assert event["SEQUENCE"] == appointment.sequence
        assert not is_on or event.start == appointment.starts_at
        assert event["STATUS"] == ("CONFIRMED" if is_on else "CANCELLED")


def calendar_of(message: EmailMessage) -> bytes:
    (part,) = (p for p in message.walk() if p.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
