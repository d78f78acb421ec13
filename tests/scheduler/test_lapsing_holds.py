"""Holds lapse at their stated time, and nothing else does."""

from datetime import timedelta

import pytest

from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.actions.lapse_expired_holds import lapse_expired_holds
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.models import Appointment, AppointmentEvent, Claim
from tests.builders import DESK, NOW, a_clinic, a_patient, at
from tests.desk import an_approved_session, book, hold

EXPIRY = NOW + timedelta(days=2)

pytestmark = pytest.mark.django_db


def test_a_hold_lapses_on_the_instant_it_expires() -> None:
    hold(an_approved_session(), a_clinic().site, at(9, day=3))
    before = EXPIRY - timedelta(microseconds=1)
    assert lapse_expired_holds(actor=DESK, now=before) == 0
    assert lapse_expired_holds(actor=DESK, now=EXPIRY) == 1
    assert lapse_expired_holds(actor=DESK, now=EXPIRY) == 0
    lapsed = Appointment.objects.get()
    assert (lapsed.status, lapsed.revision, lapsed.sequence) == ("expired", 1, 1)
    event = AppointmentEvent.objects.get(kind="expired")
    assert (event.from_status, event.to_status) == ("held", "expired")


def test_a_lapsed_hold_leaves_its_time_to_others() -> None:
    clinic = a_clinic(chairs=1)
    hold(an_approved_session(), clinic.site, at(9, day=3))
    lapse_expired_holds(actor=DESK, now=EXPIRY)
    assert not Claim.objects.live().exists()
    other = an_approved_session(a_patient("Ben", "Ito"))
    assert book(other, clinic.site, at(9, day=3), now=EXPIRY)


def test_bookings_and_later_holds_never_lapse() -> None:
    clinic = a_clinic(chairs=3, nurses=3)
    book(an_approved_session(), clinic.site, at(9, day=3))
    ben = an_approved_session(a_patient("Ben", "Ito"))
    confirm_appointment(
        appointment=hold(ben, clinic.site, at(9, 30, day=3)),
        revision=0,
        actor=DESK,
        now=NOW,
    )
    cy = an_approved_session(a_patient("Cy", "Ode"))
    hold(cy, clinic.site, at(12, day=3), days=3)
    assert lapse_expired_holds(actor=DESK, now=EXPIRY) == 0
    assert Appointment.objects.live().count() == 3


def test_a_lapsed_hold_may_be_restored() -> None:
    held = hold(an_approved_session(), a_clinic().site, at(9, day=3))
    lapse_expired_holds(actor=DESK, now=EXPIRY)
    restored = restore_appointment(appointment=held, revision=1, actor=DESK, now=EXPIRY)
    assert restored.status == "held"
    assert restored.uid != held.uid
