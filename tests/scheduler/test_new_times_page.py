"""The pages of new times: propose, look on, accept some, learn why not."""

import re

import pytest
from django.http import HttpResponseBase
from django.test import Client

from courses.models import Capability, Course
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.models import Appointment, Closure, Proposal
from scheduler.repairs.troubles import Trouble
from tests.builders import (
    DESK,
    NOW,
    Clinic,
    a_course,
    a_patient,
    a_protocol,
    a_session,
    a_site,
    an_appointment,
    an_eligible_assessment,
    an_integration,
)
from tests.builders import a_clinic as an_empty_clinic
from tests.disruptions import (
    DAY,
    a_busy_clinic,
    away_on_the_day_of,
    live,
    serving,
    times,
)
from tests.staff_pages import (
    CLINICIAN,
    FRONT_DESK,
    MANAGER,
    a_client,
    fields_of,
    said,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def busy() -> tuple[Clinic, list[Course]]:
    return a_busy_clinic(courses=2)


@pytest.fixture
def closure(busy: tuple[Clinic, list[Course]]) -> Closure:
    clinic, courses = busy
    return away_on_the_day_of(clinic.therapist, live(courses[0], "INT1"))


@pytest.fixture
def desk() -> Client:
    return a_client(FRONT_DESK)


def proposed(client: Client, closure: Closure) -> str:
    """The address of the page with the first proposal."""
    answer = client.post(f"/closures/{closure.pk}/new-times/")
    assert answer.status_code == 302
    return str(answer["Location"])


def boxes(page: HttpResponseBase) -> list[str]:
    body = getattr(page, "content", b"").decode()
    return re.findall(r'name="accept" value="([^"]+)"', body)


def hits(closure: Closure) -> int:
    return len(Trouble.of_closure(closure, closure.at_site).hits(NOW))


def test_the_closures_page_leads_to_new_times(desk: Client, closure: Closure) -> None:
    page = desk.get(f"/closures/{closure.pk}/visits/")
    assert "INT1" in text_of(page)
    assert "Propose new times" in text_of(page)
    words = text_of(desk.get(proposed(desk, closure)))
    assert "New times for" in words
    assert "Nothing is moved until you accept" in words
    assert hits(closure)


def test_looking_on_without_a_script_comes_back_to_the_page(
    desk: Client, closure: Closure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.views.new_times.SECONDS_AT_ONCE", 0.1)
    address = proposed(desk, closure)
    answer = desk.post(f"{address}look-on/")
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert Proposal.objects.get().steps > 0


def test_a_script_gets_only_the_part_that_changes(
    desk: Client, closure: Closure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.views.new_times.SECONDS", 0.1)
    part = desk.post(f"{proposed(desk, closure)}look-on/", headers={"X-Part": "found"})
    body = part.content.decode()
    assert 'id="new-times-sum"' in body
    assert "<html" not in body


def test_accepting_all_moves_all_and_says_so(desk: Client, closure: Closure) -> None:
    address = proposed(desk, closure)
    answer = desk.post(f"{address}accept/", {"accept": boxes(desk.get(address))})
    assert answer["Location"] == address
    assert any("new times" in each for each in said(answer))
    assert hits(closure) == 0
    assert "Nothing is left to move" in text_of(desk.get(address))


def test_accepting_nothing_asks_to_tick(desk: Client, closure: Closure) -> None:
    answer = desk.post(f"{proposed(desk, closure)}accept/")
    assert any("Tick the courses" in each for each in said(answer))
    assert hits(closure)


def test_new_times_that_nobody_saw_are_not_accepted(
    desk: Client, closure: Closure
) -> None:
    address = proposed(desk, closure)
    seen = [f"{box.partition(':')[0]}:other" for box in boxes(desk.get(address))]
    answer = desk.post(f"{address}accept/", {"accept": seen})
    assert any("others now than those you saw" in each for each in said(answer))
    assert hits(closure)


def test_what_changed_since_is_to_be_looked_at_again(
    desk: Client, busy: tuple[Clinic, list[Course]], closure: Closure
) -> None:
    address = proposed(desk, closure)
    seen = boxes(desk.get(address))
    key = str(busy[1][0].pk)
    assert any(box.startswith(key) for box in seen)
    gone = live(busy[1][0], "D2")
    cancel_appointment(
        appointment=gone, revision=gone.revision, reason="Ill", actor=DESK, now=NOW
    )
    told = said(desk.post(f"{address}accept/", {"accept": seen}))
    assert any("Patient0" in each and "Look at them again" in each for each in told)
    assert live(busy[1][0], "INT1").revision == 0


def test_a_proposal_that_is_gone_is_not_found(desk: Client, closure: Closure) -> None:
    address = proposed(desk, closure)
    Proposal.objects.all().delete()
    assert desk.get(address).status_code == 404


def test_clinicians_without_a_desk_cannot_propose(closure: Closure) -> None:
    client = Client()
    answer = client.post(f"/closures/{closure.pk}/new-times/")
    assert answer.status_code == 302
    assert not Proposal.objects.exists()
    assert a_client(CLINICIAN).get(f"/closures/{closure.pk}/visits/").status_code == 200


def test_closing_time_leads_to_the_visits_in_it(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    visit = live(courses[0], "INT1")
    on = visit.starts_at.date()
    answer = a_client(MANAGER).post(
        "/closures/new/",
        {
            "site": clinic.site.pk,
            "resource": clinic.therapist.pk,
            "from_on": on,
            "from_at": "00:00",
            "until_on": on,
            "until_at": "23:00",
            "reason": "Sick",
            "despite_appointments": "on",
        },
    )
    assert answer["Location"] == f"/closures/{Closure.objects.get().pk}/visits/"


def test_waiting_courses_are_planned_together_and_booked(desk: Client) -> None:
    clinic = an_empty_clinic(rooms=2, nurses=2)
    protocol = a_protocol(doses=1)
    courses = [a_course(a_patient(f"New{number}")) for number in range(2)]
    for course in courses:
        an_eligible_assessment(course)
    assert "New0" in text_of(desk.get("/courses/plan-together/"))
    answer = desk.post(
        "/courses/plan-together/",
        {
            "courses": [course.pk for course in courses],
            "protocol": protocol.pk,
            "site": clinic.site.pk,
        },
    )
    address = answer["Location"]
    page = desk.get(address)
    assert not Appointment.objects.exists()
    assert "Nothing is booked until you accept" in text_of(page)
    desk.post(f"{address}accept/", {"accept": boxes(page)})
    for course in courses:
        assert times(course).keys() == {"PREP1", "D1", "INT1"}
    assert "No course waits" in text_of(desk.get("/courses/plan-together/"))


def test_planning_together_asks_to_tick_somebody(desk: Client) -> None:
    clinic = an_empty_clinic()
    an_eligible_assessment(a_course(a_patient("New")))
    answer = desk.post(
        "/courses/plan-together/",
        {"protocol": a_protocol(doses=1).pk, "site": clinic.site.pk},
    )
    assert "Tick the courses to plan" in text_of(answer)


def test_a_lost_credential_leads_to_new_times_with_others(
    desk: Client, busy: tuple[Clinic, list[Course]]
) -> None:
    clinic, courses = busy
    dose = live(courses[0], "D1")
    nurse = next(nurse for nurse in clinic.nurses if nurse.name in serving(dose))
    skill = Capability.objects.get(code="monitoring-nurse")
    assert "A credential is lost" in text_of(desk.get("/scheduler/closure/"))
    page = desk.get("/new-times/lost-credential/")
    typed = {**fields_of(page), "resource": nurse.pk, "capability": skill.pk}

    answer = desk.post("/new-times/lost-credential/", typed)

    assert answer.status_code == 302, text_of(answer)
    address = answer["Location"]
    page = desk.get(address)
    assert f"New times for visits with {nurse} as {skill}" in text_of(page)
    assert nurse.name in serving(live(courses[0], "D1"))
    desk.post(f"{address}accept/", {"accept": boxes(page)})
    for course in courses:
        assert nurse.name not in serving(live(course, "D1"))
        assert nurse.name not in serving(live(course, "D2"))


def test_visits_before_the_credential_is_lost_stay(
    desk: Client, busy: tuple[Clinic, list[Course]]
) -> None:
    clinic, courses = busy
    last = max(times(courses[0]).values()).date()
    skill = Capability.objects.get(code="monitoring-nurse")
    answer = desk.post(
        "/new-times/lost-credential/",
        {
            "resource": clinic.nurses[0].pk,
            "capability": skill.pk,
            "from_on": last + 60 * DAY,
        },
    )
    assert "No visit to come needs that from then on" in text_of(answer)
    assert not Proposal.objects.exists()


def test_a_credential_lost_at_two_sites_is_asked_about_one_by_one(
    desk: Client, busy: tuple[Clinic, list[Course]]
) -> None:
    clinic, courses = busy
    other, therapist = a_site("Lakeside"), clinic.therapist
    visit = an_appointment(
        a_session(a_course(a_patient("Else")), an_integration()),
        site=other,
        starts_at=live(courses[0], "INT1").starts_at + 30 * DAY,
        claims=[(therapist, 0)],
    )
    visit.claims.update(party="therapist")
    typed = {
        "resource": therapist.pk,
        "capability": Capability.objects.get(code="kap-therapist").pk,
        "from_on": NOW.date(),
    }
    answer = desk.post("/new-times/lost-credential/", typed)
    assert "Choose one" in text_of(answer)
    answer = desk.post("/new-times/lost-credential/", {**typed, "site": other.pk})
    assert answer.status_code == 302
    assert Proposal.objects.get().site == other
