"""Register, open, record, decide, choose: the clinic's own verbs."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.actions.decide_assessment import decide_assessment
from courses.actions.open_course import open_course
from courses.actions.publish_protocol import publish_protocol
from courses.actions.record_assessment import record_assessment
from courses.actions.register_patient import register_patient
from courses.errors import (
    AssessmentRefused,
    BadInput,
    CourseNotReady,
    CredentialMissing,
    DecisionIncomplete,
    PatientAlreadyRegistered,
    PatientHasActiveCourse,
    ProtocolInvalid,
    ProtocolIsImmutable,
    ValidityMissing,
)
from courses.models import Clinician, Patient, Protocol
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_clinician,
    a_course,
    a_patient,
    a_protocol,
    an_eligible_assessment,
)

pytestmark = pytest.mark.django_db


def register(**details: object) -> Patient:
    known = {
        "given_name": "Ana",
        "family_name": "Vega",
        "birth_on": date(1988, 2, 29),
        "actor": DESK,
        "now": NOW,
    }
    return register_patient(**{**known, **details})  # type: ignore[arg-type]


def test_registering_trims_names_and_writes_history() -> None:
    patient = register(given_name="  Ana   Maria ")
    assert patient.given_name == "Ana Maria"
    assert [event.kind for event in patient.events.all()] == ["patient_registered"]


def test_a_double_click_finds_the_patient_of_the_first() -> None:
    form = uuid4()
    assert register(patient_id=form) == register(patient_id=form)
    assert Patient.objects.count() == 1


def test_the_same_name_and_birth_date_is_asked_about() -> None:
    register()
    with pytest.raises(PatientAlreadyRegistered):
        register(given_name="ANA")
    assert register(is_another_person=True).pk
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("phone", "12"),
        ("birth_on", date(2030, 1, 1)),
        ("birth_on", date(1850, 1, 1)),
        ("language", "xx"),
        ("family_name", "x" * 101),
    ],
)
def test_a_wrong_detail_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        register(**{field: value})
    assert refused.value.refusals[0].rule == f"input.{field}"
    assert not Patient.objects.exists()


def test_a_patient_has_one_active_course() -> None:
    patient = a_patient()
    open_course(patient=patient, actor=DESK, now=NOW)
    with pytest.raises(PatientHasActiveCourse):
        open_course(patient=patient, actor=DESK, now=NOW)


def test_a_decision_needs_a_prescriber_whose_credential_is_valid() -> None:
    assessment = record_assessment(
        course=a_course(status="referred"), assessed_on=TODAY, actor=DESK, now=NOW
    )
    stranger = Clinician.objects.create(display_name="No Credential")
    with pytest.raises(CredentialMissing):
        decide_assessment(
            assessment=assessment,
            decision="eligible",
            decided_by=stranger,
            decided_on=TODAY,
            valid_until=TODAY,
            actor=DESK,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("decision", "valid_until", "error"),
    [
        ("eligible", None, ValidityMissing),
        ("eligible", TODAY - timedelta(days=1), ValidityMissing),
        ("deferred", None, DecisionIncomplete),
        ("perhaps", None, DecisionIncomplete),
    ],
)
def test_an_incomplete_decision_is_refused(
    decision: str, valid_until: date | None, error: type[Exception]
) -> None:
    assessment = record_assessment(
        course=a_course(status="referred"), assessed_on=TODAY, actor=DESK, now=NOW
    )
    with pytest.raises(error):
        decide_assessment(
            assessment=assessment,
            decision=decision,
            decided_by=a_clinician(),
            decided_on=TODAY,
            valid_until=valid_until,
            actor=DESK,
            now=NOW,
        )
    assessment.refresh_from_db()
    assert assessment.decision == "pending"


def test_an_eligible_decision_makes_the_course_eligible_and_stands() -> None:
    course = a_course(status="referred")
    assessment = record_assessment(
        course=course, assessed_on=TODAY, actor=DESK, now=NOW
    )
    decide_assessment(
        assessment=assessment,
        decision="eligible",
        decided_by=a_clinician(),
        decided_on=TODAY,
        valid_until=TODAY,
        actor=DESK,
        now=NOW,
    )
    course.refresh_from_db()
    assert course.status == "eligible"
    with pytest.raises(AssessmentRefused):
        decide_assessment(
            assessment=assessment,
            decision="deferred",
            decided_by=a_clinician("Dr. Other"),
            decided_on=TODAY,
            missing="labs",
            actor=DESK,
            now=NOW,
        )


def test_an_assessment_of_a_future_day_is_refused() -> None:
    with pytest.raises(AssessmentRefused):
        record_assessment(
            course=a_course(),
            assessed_on=TODAY + timedelta(days=3),
            actor=DESK,
            now=NOW,
        )


def test_every_step_of_a_chosen_protocol_becomes_a_session() -> None:
    course = a_course()
    an_eligible_assessment(course)
    protocol = a_protocol(status="published")
    choose_protocol(course=course, protocol=protocol, actor=DESK, now=NOW)
    assert course.sessions.count() == protocol.steps.count()
    assert not course.sessions.filter(
        visit_type__kind="assessment", status="open"
    ).exists()


def test_a_course_keeps_the_protocol_it_began_with() -> None:
    course = a_course()
    first = a_protocol(code="first", status="published")
    other = Protocol.objects.create(
        code="other", name="Other", source="test", status="published", published_at=NOW
    )
    choose_protocol(course=course, protocol=first, actor=DESK, now=NOW)
    with pytest.raises(CourseNotReady):
        choose_protocol(course=course, protocol=other, actor=DESK, now=NOW)


def test_only_a_draft_that_somebody_could_follow_is_published() -> None:
    empty = Protocol.objects.create(code="empty", name="Empty", source="test")
    with pytest.raises(ProtocolInvalid):
        publish_protocol(protocol=empty, actor=DESK, now=NOW)
    published = publish_protocol(
        protocol=a_protocol(status="draft"), actor=DESK, now=NOW
    )
    assert published.published_at == NOW
    with pytest.raises(ProtocolIsImmutable):
        publish_protocol(protocol=published, actor=DESK, now=NOW)
