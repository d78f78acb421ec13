"""Where the protocol keeps its therapist throughout, nobody else slips in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from courses.actors import Actor
from courses.errors import NotPermitted
from courses.models import Course, CourseEvent, Protocol
from scheduler.actions.accept_plan import accept_plan
from scheduler.course_plans import CoursePlan
from scheduler.errors import OutsideWindow
from scheduler.models import Appointment, AppointmentEvent, Closure, Resource
from scheduler.plan_trials import Choice, fingerprint, try_plan
from scheduler.planning.changes import Change
from scheduler.planning.problem import Preferences
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_clinician,
    a_course,
    a_protocol,
    a_therapist,
    a_user,
    an_eligible_assessment,
)
from tests.ripples import look_in_vain, moving, visit
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, text_of
from tests.treatments import PUBLISHED_AT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ANYBODY = Change("anybody", "therapist", "")


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def other(clinic: Clinic) -> Resource:
    return a_therapist(clinic.site, name="Dr. Other")


@pytest.fixture
def course(clinic: Clinic) -> Course:
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    return course


@pytest.fixture
def choice(clinic: Clinic) -> Choice:
    """A preparation, a dose and its therapy, by one therapist throughout."""
    protocol = a_protocol(doses=1, status="draft")
    Protocol.objects.filter(pk=protocol.pk).update(keeps_therapist=True)
    Protocol.objects.filter(pk=protocol.pk).update(
        status="published", published_at=PUBLISHED_AT
    )
    protocol.refresh_from_db()
    wish = Preferences(start_on=TODAY + DAY)
    return Choice(protocol, None, None, clinic.site, wish)


def is_away(resource: Resource) -> None:
    Closure.objects.create(
        resource=resource, starts_at=NOW, ends_at=NOW + 300 * DAY, reason="Ill"
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


@pytest.mark.usefixtures("other")
def test_another_therapist_takes_a_prescriber_and_a_reason_kept_in_history(
    clinic: Clinic, course: Course, choice: Choice
) -> None:
    is_away(clinic.therapist)
    eased = replace(choice, changes=(ANYBODY,))
    broken = shown(course, eased).overrides
    assert [each.session for each in broken] == ["PREP1", "INT1"]
    assert {each.rule for each in broken} == {"continuity.therapist"}
    with pytest.raises(OutsideWindow, match=r"PREP1 is with Dr\. Other"):
        accept(course, eased, actor=DESK)
    with pytest.raises(NotPermitted):
        accept(course, eased, actor=DESK, reason="Ill for long")
    assert not Appointment.objects.exists()
    accept(course, eased, actor=a_prescriber(), reason="Ill for long")
    reasons = {
        event.appointment.session.label: event.details.get("override_reason")
        for event in AppointmentEvent.objects.all()
    }
    assert reasons == {"PREP1": "Ill for long", "D1": None, "INT1": "Ill for long"}
    course.refresh_from_db()
    assert course.therapist == clinic.therapist.clinician


@pytest.mark.usefixtures("monday_morning", "other")
def test_the_page_shows_another_therapist_as_a_hard_rule_broken(
    clinic: Clinic, course: Course, choice: Choice
) -> None:
    is_away(clinic.therapist)
    form = {
        "protocol": choice.protocol.pk,
        "site": choice.site.pk,
        "start_on": TODAY + DAY,
        "changes": ANYBODY.text,
    }
    page = a_client(FRONT_DESK).post(f"/courses/{course.pk}/plan/", form)
    assert "INT1 is with Dr. Other, but the protocol keeps" in text_of(page)
    assert "Only a prescriber may book it" in text_of(page)


def test_a_visit_forced_out_of_its_window_keeps_its_therapist(
    clinic: Clinic, course: Course, choice: Choice
) -> None:
    accept(course, choice)
    course.refresh_from_db()
    a_therapist(clinic.site, name="Dr. Other")
    int1 = visit(course, "INT1")
    to = int1.starts_at + 7 * DAY
    Closure.objects.create(
        resource=clinic.therapist, starts_at=to, ends_at=to + DAY, reason="Ill"
    )
    change = moving(int1, to, override_reason="Patient travels")
    found = look_in_vain(course, change, clinic.site, actor=a_prescriber())
    assert {refusal.resource for refusal in found.refusals} == {clinic.therapist.name}


def test_a_chosen_therapist_replaces_the_courses_own_in_history_too(
    clinic: Clinic, other: Resource, course: Course, choice: Choice
) -> None:
    led = Change("led", "therapist", str(other.pk))
    accept(course, replace(choice, changes=(led,)))
    course.refresh_from_db()
    assert course.therapist == other.clinician
    told = CourseEvent.objects.get(course=course, kind="therapist_changed")
    assert str(told).startswith("Therapist changed")
    assert told.details == {
        "before": str(clinic.therapist.clinician),
        "after": str(other.clinician),
    }
    assert not CourseEvent.objects.filter(details__has_key="therapist").exists()


@pytest.mark.parametrize("about", ["prescriber", "room"])
def test_what_is_chosen_for_another_part_leaves_the_therapist(
    clinic: Clinic, course: Course, choice: Choice, about: str
) -> None:
    one = clinic.prescriber if about == "prescriber" else clinic.rooms[0]
    led = Change("led", about, str(one.pk))
    accept(course, replace(choice, changes=(led,)))
    course.refresh_from_db()
    assert course.therapist == clinic.therapist.clinician
