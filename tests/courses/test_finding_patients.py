"""A patient is found the way people type names and phone numbers."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from courses.actions.change_patient import change_patient
from courses.actions.register_patient import register_patient
from courses.errors import PatientAlreadyRegistered
from courses.models import Patient
from tests.builders import DESK, NOW

pytestmark = pytest.mark.django_db


def register(given_name: str, family_name: str, **more: Any) -> Patient:
    return register_patient(
        given_name=given_name,
        family_name=family_name,
        birth_on=more.pop("birth_on", date(1980, 3, 1)),
        actor=DESK,
        now=NOW,
        **more,
    )


def found(words: str) -> list[str]:
    return [patient.family_name for patient in Patient.objects.matching(words)]


@pytest.mark.parametrize(
    "words",
    [
        "(212) 555-0177",
        "212-555-0177",
        "212.555.0177",
        "555-0177",
        "+1 212 555 0177",
        "2125550177",
        "vega 555-0177",
    ],
)
def test_a_phone_number_is_found_however_it_is_written(words: str) -> None:
    register("Ana", "Vega", phone="+12125550177")
    register("Bo", "Lund", phone="+12125550188")
    assert found(words) == ["Vega"]


def test_a_number_from_abroad_is_found_as_it_is_shown_there() -> None:
    patient = register("Ana", "Vega", phone="+442079460018")
    assert found(patient.phone.as_national) == ["Vega"]
    assert found("+44 20 7946 0018") == ["Vega"]


@pytest.mark.parametrize(
    ("family_name", "words"),
    [
        ("Överskott", "överskott"),
        ("Överskott", "ÖVERSKOTT"),
        ("Överskott", "overskott"),
        ("Örnek", "örnek"),
        ("Żółwik", "żółwik"),
        ("Żółwik", "zolw"),
        (
            "Yal\N{LATIN SMALL LETTER DOTLESS I}n",
            "YALIN",
        ),
        ("İnan", "inan"),
        ("Strauß", "strauss"),
        ("O\N{RIGHT SINGLE QUOTATION MARK}Neil", "o'neil"),
        ("Peña Ruiz", "ruiz pena"),
    ],
)
def test_a_name_is_found_without_its_accents_and_in_any_case(
    family_name: str, words: str
) -> None:
    register("Ana", family_name)
    register("Bo", "Lund")
    assert found(words) == [family_name]


def test_what_was_changed_is_found_and_what_it_was_before_is_not() -> None:
    patient = register("Ana", "Vega", phone="+12125550177", email="a@mail.example")
    change_patient(patient=patient, family_name="Åberg", actor=DESK, now=NOW)
    change_patient(patient=patient, phone="+12125550188", actor=DESK, now=NOW)
    assert (found("vega"), found("5550177")) == ([], [])
    assert found("aberg 555-0188 a@mail.example") == ["Åberg"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "()", "-"])
def test_signs_with_a_meaning_to_the_database_mean_themselves(words: str) -> None:
    register("Ana", "Vega", phone="+12125550177")
    assert found(words) == []


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [("ÅSA", "ÖVERSKOTT"), ("Asa", "Overskott"), (" åsa ", "överskott")],
)
def test_a_namesake_is_noticed_whatever_the_case_and_accents(
    given_name: str, family_name: str
) -> None:
    known = register("Åsa", "Överskott")
    with pytest.raises(PatientAlreadyRegistered) as refused:
        register(given_name, family_name)
    (refusal,) = refused.value.refusals
    assert refusal.record_id == str(known.pk)
    assert register(given_name, family_name, birth_on=date(1990, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_makes_the_patients_found_that_are_there_already() -> None:
    register("Ana", "Żółwik", phone="+12125550177")
    call_command("migrate", "courses", "0005", verbosity=0)
    call_command("migrate", verbosity=0)
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert found("zolw 555-0177") == ["Żółwik"]
