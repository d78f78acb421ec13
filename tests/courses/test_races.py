"""Two people register or open the same thing at the same instant."""

from datetime import date
from functools import partial
from uuid import uuid4

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.actions.decide_assessment import decide_assessment
from courses.actions.extend_course import extend_course
from courses.actions.hold_course import hold_course
from courses.actions.open_course import open_course
from courses.actions.publish_protocol import publish_protocol
from courses.actions.register_patient import register_patient
from courses.errors import (
    AssessmentRefused,
    CourseHeldAlready,
    PatientAlreadyRegistered,
    PatientHasActiveCourse,
    ProtocolIsImmutable,
    StalePage,
)
from courses.models import Assessment, Course, CourseEvent, Patient, Session
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_clinician,
    a_course,
    a_patient,
    a_protocol,
)
from tests.racing import race, refusals, winners

pytestmark = pytest.mark.django_db(transaction=True)

register = partial(
    register_patient,
    given_name="Ana",
    family_name="Vega",
    birth_on=date(1988, 2, 29),
    actor=DESK,
    now=NOW,
)


def test_a_double_click_registers_a_patient_once() -> None:
    click = partial(register, patient_id=uuid4())
    outcomes = race(*[click] * 8)
    assert len({patient.pk for patient in winners(outcomes)}) == 1
    assert refusals(outcomes) == set()
    assert Patient.objects.count() == 1
    assert CourseEvent.objects.count() == 1


def test_two_people_who_register_one_patient_make_one_record() -> None:
    outcomes = race(*(partial(register, patient_id=uuid4()) for _ in range(8)))
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {PatientAlreadyRegistered}
    assert Patient.objects.count() == 1


def test_two_people_who_open_a_course_for_one_patient_open_one() -> None:
    patient = a_patient()
    click = partial(open_course, patient=patient, actor=DESK, now=NOW)
    outcomes = race(*[click] * 8)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {PatientHasActiveCourse}
    assert Course.objects.count() == 1
    assert CourseEvent.objects.count() == 1


def test_two_people_who_put_a_course_on_hold_hold_it_once() -> None:
    click = partial(
        hold_course,
        course=a_course(),
        reason="Travels",
        review_on=TODAY,
        actor=DESK,
        now=NOW,
    )
    outcomes = race(*[click] * 4)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {CourseHeldAlready}
    assert CourseEvent.objects.filter(kind="course_held").count() == 1


def test_two_people_who_extend_a_course_by_one_extend_it_once() -> None:
    course = choose_protocol(
        course=a_course(), protocol=a_protocol(doses=2), actor=DESK, now=NOW
    )
    click = partial(extend_course, course=course, doses=1, seen=2, actor=DESK, now=NOW)
    outcomes = race(*[click] * 4)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {StalePage}
    assert course.sessions.filter(visit_type__kind="dosing").count() == 3


def _insert_a_course(patient: Patient) -> Course:
    return Course.objects.create(patient=patient, opened_at=NOW)


def test_careless_inserts_of_two_courses_are_stopped_by_the_database() -> None:
    patient = a_patient()
    outcomes = race(*[partial(_insert_a_course, patient)] * 4)
    assert len([each for each in outcomes if isinstance(each, Course)]) == 1
    assert Course.objects.count() == 1


def test_a_double_click_gives_a_course_its_protocol_once() -> None:
    course, protocol = a_course(), a_protocol(doses=2)
    click = partial(
        choose_protocol, course=course, protocol=protocol, actor=DESK, now=NOW
    )
    assert len(winners(race(*[click] * 4))) == 4
    assert Session.objects.count() == protocol.steps.count()
    assert CourseEvent.objects.filter(kind="protocol_chosen").count() == 1


def test_two_decisions_on_one_assessment_never_both_stand() -> None:
    course = a_course(status="referred")
    assessment = Assessment.objects.create(
        course=course, assessed_on=TODAY, recorded_at=NOW
    )
    decide = partial(
        decide_assessment,
        assessment=assessment,
        decided_by=a_clinician(),
        decided_on=TODAY,
        actor=DESK,
        now=NOW,
    )
    outcomes = race(
        partial(decide, decision="eligible", valid_until=date(2026, 12, 31)),
        partial(decide, decision="deferred", missing="Blood pressure"),
    )
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {AssessmentRefused}
    assert CourseEvent.objects.filter(kind="assessment_decided").count() == 1


def test_two_people_who_publish_one_draft_publish_it_once() -> None:
    draft = a_protocol(doses=1, status="draft")
    click = partial(publish_protocol, protocol=draft, actor=DESK, now=NOW)
    outcomes = race(*[click] * 4)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {ProtocolIsImmutable}
    draft.refresh_from_db()
    assert draft.published_at == NOW
