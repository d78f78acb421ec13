"""Words that a clinician wrote for clinicians stay out of the front desk's sight."""

from datetime import timedelta

import pytest

from courses.models import CourseEvent
from scheduler.models import AppointmentEvent
from scheduler.ripples.changes import Change, Hold, Omit, Shorten
from tests.builders import TODAY, a_clinic, an_integration, at
from tests.desk import an_approved_session, book
from tests.ripples import a_booked_course, commit, look, visit
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


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("hold", "Course on hold"),
        ("omit", "Left out of the course"),
        ("shorten", "Left out of the course"),
    ],
)
def test_why_a_course_was_changed_is_read_in_its_own_history(
    kind: str, says: str
) -> None:
    clinic = a_clinic()
    course = a_booked_course(clinic)
    d4 = visit(course, "D4")
    changes: dict[str, Change] = {
        "hold": Hold(WORDS, TODAY + timedelta(days=20)),
        "omit": Omit(d4.session_id, WORDS),
        "shorten": Shorten(doses=1, seen=4, reason=WORDS),
    }
    commit(course, look(course, changes[kind], clinic.site).ripple)

    d4.refresh_from_db()
    event = AppointmentEvent.objects.get(appointment=d4, kind="cancelled")
    assert (d4.cancel_reason, event.details["reason"]) == (says, says)
    desk, clinician = a_client(FRONT_DESK), a_client(CLINICIAN)
    addresses = (
        f"/appointments/{d4.pk}/",
        f"/courses/{course.pk}/",
        f"/patients/{course.patient_id}/",
        f"/scheduler/appointment/{d4.pk}/change/",
        f"/scheduler/appointmentevent/{event.pk}/change/",
    )
    seen = [text_of(desk.get(address, follow=True)) for address in addresses]
    assert says in seen[0]
    assert not any(WORDS in words for words in seen)
    told = CourseEvent.objects.filter(course=course, details__reason=WORDS)
    assert told.exists()
    if kind == "hold":
        assert "Look again on" in seen[1]
        assert WORDS in text_of(clinician.get(addresses[1]))
