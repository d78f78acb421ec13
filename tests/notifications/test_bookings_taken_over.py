"""A clinic that begins to use the program doesn't tell everybody everything again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from courses.models import Patient
from notifications.actions.count_as_told import count_as_told
from notifications.models import Notification
from scheduler.models import Appointment
from tests.builders import NOW, a_patient, at
from tests.notifications.scenes import (
    SYSTEM,
    a_booking,
    cancel,
    move,
    plan,
    rows,
    statuses,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("day_before")]
LATER = NOW + timedelta(hours=1)


def take_over() -> int:
    return count_as_told(settled_before=LATER, actor=SYSTEM, now=LATER)


def test_a_booking_taken_over_owes_no_invitation_but_its_reminder() -> None:
    appointment = a_booking()
    assert take_over() == 1
    plan(LATER)
    assert statuses(appointment) == ["sent"]
    assert statuses(appointment, "reminder") == ["planned"]


def test_a_booking_taken_over_is_told_when_it_moves() -> None:
    appointment = a_booking()
    take_over()
    move(appointment, at(10, day=2), LATER)
    plan(LATER)
    assert statuses(appointment) == ["sent", "planned"]


def test_a_booking_taken_over_is_told_when_it_is_cancelled() -> None:
    appointment = a_booking()
    take_over()
    cancel(appointment, LATER)
    plan(LATER)
    assert statuses(appointment, "cancel") == ["planned"]


def test_taking_over_twice_counts_nothing_twice() -> None:
    appointment = a_booking()
    assert (take_over(), take_over()) == (1, 0)
    assert len(rows(appointment)) == 1


def test_younger_bookings_are_told_as_usual() -> None:
    appointment = a_booking()
    counted = count_as_told(settled_before=NOW, actor=SYSTEM, now=LATER)
    assert counted == 0
    plan(LATER)
    assert statuses(appointment) == ["planned"]


def test_a_patient_without_mail_was_not_told_by_mail() -> None:
    a_booking(patient=a_patient(email=""))
    silent = a_patient("Ben", email="ben@mail.example")
    Patient.objects.filter(pk=silent.pk).update(preferred_channel="none")
    silent.refresh_from_db()
    assert take_over() == 0


def test_what_is_over_is_left_alone() -> None:
    appointment = a_booking()
    after = appointment.ends_at + timedelta(hours=1)
    assert count_as_told(settled_before=after, actor=SYSTEM, now=after) == 0
    assert not Notification.objects.exists()


def test_the_command_says_how_many_were_counted() -> None:
    a_booking()
    Appointment.objects.update(
        starts_at=NOW + timedelta(days=4000),
        ends_at=NOW + timedelta(days=4000, hours=1),
        sequence=1,
        revision=1,
    )
    out = StringIO()
    call_command("count_as_told", stdout=out)
    assert out.getvalue() == "Counted as told: 1 visit.\n"
    with pytest.raises(CommandError, match="whole number from 0 on"):
        call_command("count_as_told", older_than_hours=-1)
