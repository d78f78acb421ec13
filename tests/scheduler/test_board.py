"""Today's board: what it shows of a day, and its buttons."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from scheduler.day_board import DayBoard, joined
from scheduler.models import Appointment
from scheduler.planning.calendar import Span
from tests.builders import (
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_session,
    a_site,
    an_appointment,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.desk import an_approved_session
from tests.staff_pages import CLINICIAN, FRONT_DESK, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def a_visit(clinic: Clinic, hour: int, status: str = "booked") -> Appointment:
    number = Appointment.objects.count()
    course = a_course(a_patient(f"Given{number}", f"Family{number}"))
    return an_appointment(
        a_session(course), site=clinic.site, starts_at=at(hour), status=status
    )


def test_after_signing_in_the_first_page_is_todays_board() -> None:
    clinic = a_clinic()
    a_visit(clinic, 10)
    page = a_client(FRONT_DESK).get("/")
    assert page.status_code == 200
    assert "Given0 Family0" in text_of(page)
    assert "10:00" in text_of(page)


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_counts_say_how_many_are_due_arrived_in_session_recovering_late_held() -> None:
    clinic = a_clinic()
    for hour, status in (
        (8, "booked"),
        (9, "arrived"),
        (10, "in_session"),
        (11, "recovering"),
        (12, "held"),
        (13, "booked"),
        (14, "cancelled"),
    ):
        a_visit(clinic, hour, status)
    board = DayBoard.read(site=clinic.site, day=TODAY, now=NOW)
    assert {code: number for code, _, number in board.counts} == {
        "due": 2,
        "arrived": 1,
        "in_session": 1,
        "recovering": 1,
        "late": 1,
        "unconfirmed": 1,
    }


def test_a_count_shows_only_its_visits() -> None:
    clinic = a_clinic()
    a_visit(clinic, 10)
    a_visit(clinic, 12, "arrived")
    page = a_client(FRONT_DESK).get("/", {"only": "arrived"})
    assert "Family1" in text_of(page)
    assert "Family0" not in text_of(page)


@pytest.mark.parametrize(("minutes", "is_late"), [(9, False), (10, True)])
def test_a_visit_is_late_from_ten_minutes_after_its_start(
    minutes: int, is_late: bool
) -> None:
    clinic = a_clinic()
    a_visit(clinic, 9)
    now = at(9) + timedelta(minutes=minutes)
    board = DayBoard.read(site=clinic.site, day=TODAY, now=now)
    assert board.visits[0].is_late is is_late


def test_times_are_those_of_the_sites_clock_and_not_of_the_server() -> None:
    clinic = a_clinic(zone="America/Chicago")
    a_visit(clinic, 10)
    words = text_of(a_client(FRONT_DESK).get("/"))
    assert "09:00" in words
    assert "10:00" not in words


def test_a_day_begins_and_ends_at_the_sites_midnight() -> None:
    clinic = a_clinic()
    a_visit(clinic, 23)
    tonight = DayBoard.read(site=clinic.site, day=TODAY, now=NOW)
    tomorrow = DayBoard.read(site=clinic.site, day=TODAY + timedelta(days=2), now=NOW)
    assert len(tonight.visits) == 1
    assert tomorrow.visits == ()


def test_a_bad_day_or_site_in_the_address_shows_today() -> None:
    clinic = a_clinic()
    a_visit(clinic, 10)
    page = a_client(FRONT_DESK).get("/", {"day": "2026-13-45", "site": "nowhere"})
    assert "Family0" in text_of(page)


def test_without_a_site_the_board_says_what_to_do() -> None:
    assert "no site yet" in text_of(a_client(FRONT_DESK).get("/"))


def test_the_feed_gives_wall_clock_times_without_an_offset() -> None:
    clinic = a_clinic()
    visit = an_appointment(
        an_approved_session(),
        site=clinic.site,
        starts_at=at(10),
        claims=[(clinic.chairs[0], 0), (clinic.nurses[0], 0), (clinic.nurses[0], 1)],
    )
    answer = a_client(FRONT_DESK).get("/board/visits.json", {"site": clinic.site.code})
    feed = json.loads(answer.content)
    assert [event["start"] for event in feed["events"]] == [
        "2026-05-04T10:00:00",
        "2026-05-04T10:00:00",
    ]
    assert {event["extendedProps"]["status"] for event in feed["events"]} == {"Booked"}
    assert {event["resourceIds"][0] for event in feed["events"]} == {
        str(clinic.chairs[0].pk),
        str(clinic.nurses[0].pk),
    }
    assert feed["events"][0]["extendedProps"]["panel"].endswith(f"{visit.pk}/panel/")


def test_claims_of_one_resource_that_touch_are_one_block() -> None:
    claimed = [Span(at(9), at(10)), Span(at(10), at(11)), Span(at(12), at(13))]
    assert joined(claimed) == (
        (at(9), at(11)),
        (at(12), at(13)),
    )


def test_the_board_asks_the_same_queries_for_one_visit_and_for_many(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    clinic = a_clinic()
    client = a_client(FRONT_DESK)
    a_visit(clinic, 0)
    with django_assert_max_num_queries(12) as few:
        client.get("/")
    for hour in range(1, 23):
        a_visit(clinic, hour)
    with django_assert_max_num_queries(12) as many:
        client.get("/")
    assert len(few.captured_queries) == len(many.captured_queries)


def test_checking_in_is_one_click_and_comes_back_to_the_board() -> None:
    visit = a_visit(a_clinic(), 9)
    answer = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/check-in/",
        {"revision": visit.revision, "next": "/?only=due"},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/?only=due")
    visit.refresh_from_db()
    assert visit.status == "arrived"
    assert said(answer) == ["Checked in."]


def test_a_second_click_on_an_old_page_changes_nothing_and_says_so() -> None:
    visit = a_visit(a_clinic(), 9)
    client = a_client(FRONT_DESK)
    client.post(f"/appointments/{visit.pk}/check-in/", {"revision": visit.revision})
    answer = client.post(
        f"/appointments/{visit.pk}/check-in/", {"revision": visit.revision}
    )
    assert "changed after you opened it" in " ".join(said(answer))
    visit.refresh_from_db()
    assert visit.status == "arrived"


@pytest.mark.parametrize("revision", ["", "one", "-1", "9" * 30])
def test_a_step_without_a_true_revision_is_refused_as_a_stale_page(
    revision: str,
) -> None:
    visit = a_visit(a_clinic(), 9)
    answer = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/check-in/", {"revision": revision}
    )
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_form_never_leads_to_another_site() -> None:
    visit = a_visit(a_clinic(), 9)
    answer = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/check-in/",
        {"revision": visit.revision, "next": "https://evil.example/"},
    )
    assert answer["Location"] == f"/appointments/{visit.pk}/"


def test_opening_any_address_of_a_step_changes_nothing() -> None:
    visit = a_visit(a_clinic(), 9)
    client = a_client(FRONT_DESK)
    for verb in ("check-in", "cancel", "no-show", "confirm", "restore"):
        answer = client.get(f"/appointments/{visit.pk}/{verb}/")
        assert answer["Location"] == f"/appointments/{visit.pk}/"
    visit.refresh_from_db()
    assert (visit.status, visit.revision) == ("booked", 0)


def test_an_unknown_step_does_not_exist() -> None:
    visit = a_visit(a_clinic(), 9)
    answer = a_client(FRONT_DESK).post(f"/appointments/{visit.pk}/explode/")
    assert answer.status_code == 404


def test_the_front_desk_may_not_start_a_visit_and_sees_no_button_for_it() -> None:
    visit = a_visit(a_clinic(), 9, "arrived")
    client = a_client(FRONT_DESK)
    assert ">Start<" not in client.get("/").content.decode()
    answer = client.post(f"/appointments/{visit.pk}/start/", {"revision": 0})
    assert answer.status_code == 403
    visit.refresh_from_db()
    assert visit.status == "arrived"


def test_a_clinician_takes_an_infusion_from_start_to_recovery_to_finish() -> None:
    clinic = a_clinic()
    visit = a_visit(clinic, 9, "arrived")
    an_eligible_assessment(visit.session.course)
    client = a_client(CLINICIAN)
    for verb, status in (
        ("start", "in_session"),
        ("begin-recovery", "recovering"),
        ("finish", "completed"),
    ):
        page = client.get("/").content.decode()
        assert f"/appointments/{visit.pk}/{verb}/" in page
        client.post(f"/appointments/{visit.pk}/{verb}/", {"revision": visit.revision})
        visit.refresh_from_db()
        assert visit.status == status


def test_a_visit_without_recovery_goes_straight_to_finish() -> None:
    clinic = a_clinic()
    an_appointment(
        a_session(visit_type=an_integration()),
        site=clinic.site,
        starts_at=at(9),
        status="in_session",
    )
    page = a_client(CLINICIAN).get("/").content.decode()
    assert "/finish/" in page
    assert "/begin-recovery/" not in page


def test_the_panel_shows_the_visit_and_offers_undo_after_check_in() -> None:
    visit = a_visit(a_clinic(), 9, "arrived")
    panel = a_client(FRONT_DESK).get(f"/appointments/{visit.pk}/panel/")
    assert "Undo check-in" in text_of(panel)
    assert "<html" not in panel.content.decode()


def test_sites_are_switched_by_their_code() -> None:
    clinic, other = a_clinic(), a_site("Elsewhere")
    a_visit(clinic, 10)
    page = a_client(FRONT_DESK).get("/", {"site": other.code})
    assert "No visits on this day" in text_of(page)
