"""Two people change one patient's details at once, and no change is lost."""

import pytest

from courses.models import CourseEvent, Patient
from tests.builders import a_patient
from tests.staff_pages import FRONT_DESK, a_client, fields_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def patient() -> Patient:
    return a_patient(phone="+15035550100")


def test_what_only_the_other_desk_changed_stays(patient: Patient) -> None:
    client, address = a_client(FRONT_DESK), f"/patients/{patient.pk}/change/"
    first, second = (fields_of(client.get(address)) for _ in range(2))
    client.post(address, {**first, "phone": "503-555-0199"})
    saved = client.post(address, {**second, "escort_name": "Sam Vega"})
    assert saved.status_code == 302
    patient.refresh_from_db()
    assert (str(patient.phone), patient.escort_name) == ("+15035550199", "Sam Vega")


def test_the_same_detail_is_refused_with_what_it_is_now_and_may_be_saved_again(
    patient: Patient,
) -> None:
    client, address = a_client(FRONT_DESK), f"/patients/{patient.pk}/change/"
    first, second = (fields_of(client.get(address)) for _ in range(2))
    client.post(address, {**first, "phone": "503-555-0199", "email": "new@x.example"})
    typed = {**second, "phone": "503-555-0111", "escort_name": "Sam Vega"}
    refused = client.post(address, typed)
    assert "Phone was changed after you opened this page" in text_of(refused)
    assert "(503) 555-0199" in text_of(refused)
    patient.refresh_from_db()
    assert (str(patient.phone), patient.escort_name) == ("+15035550199", "")

    shown = fields_of(refused)
    assert (shown["phone"], shown["escort_name"]) == ("503-555-0111", "Sam Vega")
    assert shown["email"] == "new@x.example"
    assert client.post(address, shown).status_code == 302
    patient.refresh_from_db()
    assert (str(patient.phone), patient.escort_name) == ("+15035550111", "Sam Vega")
    assert patient.email == "new@x.example"


def test_both_desks_typing_the_same_is_no_conflict(patient: Patient) -> None:
    client, address = a_client(FRONT_DESK), f"/patients/{patient.pk}/change/"
    pages = [fields_of(client.get(address)) for _ in range(2)]
    for page in pages:
        answer = client.post(address, {**page, "phone": "503-555-0199"})
        assert answer.status_code == 302
    assert CourseEvent.objects.filter(kind="patient_changed").count() == 1


def test_a_box_that_was_ticked_off_counts_as_a_change(patient: Patient) -> None:
    client, address = a_client(FRONT_DESK), f"/patients/{patient.pk}/change/"
    page, old = (fields_of(client.get(address)) for _ in range(2))
    del page["uses_neutral_wording"]
    client.post(address, page)
    client.post(address, {**old, "escort_name": "Sam"})
    patient.refresh_from_db()
    assert (patient.uses_neutral_wording, patient.escort_name) == (False, "Sam")


def test_a_form_that_does_not_say_what_it_showed_overwrites_nothing(
    patient: Patient,
) -> None:
    client, address = a_client(FRONT_DESK), f"/patients/{patient.pk}/change/"
    page = fields_of(client.get(address))
    bare = {k: v for k, v in page.items() if not k.startswith("initial-")}
    refused = client.post(address, {**bare, "family_name": "Lund"})
    assert "changed after you opened this page" in text_of(refused)
    patient.refresh_from_db()
    assert patient.family_name == "Vega"
