"""A plan that breaks a hard rule is booked by a prescriber with a reason, or not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from courses.actors import Actor
from courses.errors import NotPermitted
from courses.models import Course, Protocol, ProtocolStep
from scheduler.actions.accept_plan import accept_plan
from scheduler.appointment_history import deviation_sentences
from scheduler.course_plans import CoursePlan
from scheduler.errors import OutsideWindow, PlanOutdated
from scheduler.models import Appointment, AppointmentEvent, Site
from scheduler.plan_trials import Choice, fingerprint, try_plan
from scheduler.planning.changes import Change
from scheduler.planning.problem import Preferences
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_clinic,
    a_clinician,
    a_course,
    a_protocol,
    a_user,
    an_eligible_assessment,
)
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, text_of
from tests.treatments import PUBLISHED_AT

pytestmark = pytest.mark.django_db
FIRST, LATE = TODAY + timedelta(days=1), TODAY + timedelta(days=8)
# The second dose a week after the first, where two to four days are allowed.
LATE_DOSE = (
    Change("on", "D1", FIRST.isoformat()),
    Change("on", "D2", LATE.isoformat()),
    Change("wider", "D2", "0,3"),
)


@pytest.fixture
def site() -> Site:
    return a_clinic().site


@pytest.fixture
def course() -> Course:
    course = a_course()
    an_eligible_assessment(course)
    return course


@pytest.fixture
def choice(site: Site) -> Choice:
    """Two doses and nothing else, whose window is hard."""
    protocol = a_protocol(doses=2, status="draft")
    ProtocolStep.objects.filter(protocol=protocol, code="D2").update(is_hard=True)
    ProtocolStep.objects.filter(protocol=protocol, code="INT1").delete()
    ProtocolStep.objects.filter(protocol=protocol, code="INT2").delete()
    ProtocolStep.objects.filter(protocol=protocol, code="PREP1").delete()
    Protocol.objects.filter(pk=protocol.pk).update(
        status="published", published_at=PUBLISHED_AT
    )
    protocol.refresh_from_db()
    return Choice(
        protocol, None, None, site, Preferences(start_on=FIRST), changes=LATE_DOSE
    )


def shown(course: Course, choice: Choice) -> CoursePlan:
    plan = try_plan(course=course, choice=choice, actor=DESK, now=NOW)
    assert isinstance(plan, CoursePlan), plan
    return plan


def accept(
    course: Course, choice: Choice, *, actor: Actor = DESK, reason: str = ""
) -> tuple[Appointment, ...]:
    return accept_plan(
        course=course,
        choice=choice,
        seen=fingerprint(shown(course, choice)),
        override_reason=reason,
        actor=actor,
        now=NOW,
    )


def a_prescriber() -> Actor:
    user = a_user("kim", role=CLINICIAN)
    a_clinician("Dr. Kim", user=user)
    return Actor.staff(user)


def test_the_plan_says_which_hard_rule_it_breaks(
    course: Course, choice: Choice
) -> None:
    (broken,) = shown(course, choice).overrides
    assert broken.rule == "window.anchor"
    assert broken.session == "D2"


def test_without_a_reason_nothing_is_booked(course: Course, choice: Choice) -> None:
    with pytest.raises(OutsideWindow):
        accept(course, choice, actor=a_prescriber())
    assert not Appointment.objects.exists()
    course.refresh_from_db()
    assert course.protocol is None


def test_the_front_desk_may_not_override_whatever_its_reason(
    course: Course, choice: Choice
) -> None:
    desk = Actor.staff(a_user("desk", role=FRONT_DESK))
    for actor in (desk, DESK):
        with pytest.raises(NotPermitted):
            accept(course, choice, actor=actor, reason="Patient travels")
    assert not Appointment.objects.exists()


def test_a_prescriber_books_it_and_history_keeps_the_reason_where_it_belongs(
    course: Course, choice: Choice
) -> None:
    accept(course, choice, actor=a_prescriber(), reason="Patient travels")

    first, second = AppointmentEvent.objects.order_by("appointment__starts_at")
    assert "override_reason" not in first.details
    assert second.details["override_reason"] == "Patient travels"
    assert second.details["deviations"][0]["is_hard"]
    assert "D2 belongs between" in deviation_sentences(second)[0]


def test_what_was_seen_under_other_rules_is_not_what_is_accepted(
    course: Course, choice: Choice
) -> None:
    narrower = replace(choice, changes=LATE_DOSE[:1])
    with pytest.raises(PlanOutdated):
        accept_plan(
            course=course,
            choice=choice,
            seen=fingerprint(shown(course, narrower)),
            override_reason="Patient travels",
            actor=a_prescriber(),
            now=NOW,
        )


@pytest.mark.usefixtures("monday_morning")
def test_the_page_asks_the_prescriber_for_the_reason_and_sends_the_desk_to_one(
    course: Course, choice: Choice
) -> None:
    address = f"/courses/{course.pk}/plan/"
    form = {
        "protocol": choice.protocol.pk,
        "site": choice.site.pk,
        "start_on": FIRST,
        "changes": " ".join(change.text for change in LATE_DOSE),
    }
    desk = a_client(FRONT_DESK).post(address, form)
    assert "Only a prescriber may book it" in text_of(desk)
    assert 'name="accept"' not in desk.content.decode()
    user = a_user("kim", role=CLINICIAN)
    a_clinician("Dr. Kim", user=user)
    client = Client()
    client.force_login(user)
    page = client.post(address, form)
    assert "Reason for the override" in text_of(page)
    seen = fingerprint(shown(course, choice))
    accepted = {**form, "accept": "book", "seen": seen}
    assert "D2 belongs between" in text_of(client.post(address, accepted))
    assert not Appointment.objects.exists()
    booked = client.post(address, {**accepted, "override_reason": "Patient travels"})
    assert booked.status_code == 302, text_of(booked)
