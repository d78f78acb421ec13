"""Words that a clinician wrote for clinicians stay out of the front desk's sight."""

import pytest

from scheduler.models import AppointmentEvent
from tests.builders import a_clinic, an_integration, at
from tests.desk import an_approved_session, book
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
WORDS = "was dissociating after the last dose"


def an_overridden_visit() -> AppointmentEvent:
    session = an_approved_session(visit_type=an_integration())
    booked = book(session, a_clinic().site, at(9, day=1))
    return AppointmentEvent.objects.create(
        appointment=booked,
        kind="moved",
        to_status="booked",
        revision=1,
        sequence=1,
        details={"override_reason": WORDS},
        actor_label="Dr. Kim",
        occurred_at=booked.created_at,
    )


def test_the_reason_of_an_override_is_read_by_clinicians_alone() -> None:
    event = an_overridden_visit()
    addresses = (
        f"/scheduler/appointmentevent/{event.pk}/change/",
        f"/scheduler/appointmentevent/?q={WORDS.split()[1]}",
        f"/appointments/{event.appointment_id}/",
        f"/courses/{event.appointment.session.course_id}/",
        f"/scheduler/appointment/{event.appointment_id}/change/",
    )
    desk, clinician = a_client(FRONT_DESK), a_client(CLINICIAN)
    seen = [text_of(desk.get(address, follow=True)) for address in addresses]
    assert "Dr. Kim" in seen[0]
    assert not any(WORDS in words for words in seen)
    assert WORDS in text_of(clinician.get(addresses[0]))
