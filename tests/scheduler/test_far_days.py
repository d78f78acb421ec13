"""Days beyond the calendar are refused with a sentence, wherever they are typed."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from courses.actions.add_session import OnDays, add_session
from courses.actions.hold_course import hold_course
from courses.errors import BadInput
from courses.models import Course
from courses.rules.days import FAR_DAYS, TOO_FAR
from scheduler.models import Appointment, Closure
from scheduler.planning.naming import READ_DAYS
from scheduler.ripples.changes import Move, Replace
from scheduler.ripples.reading import read_running_course
from scheduler.ripples.trials import try_ripple
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_clinic,
    a_course,
    a_protocol,
    an_appointment,
    an_assessment_visit,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book, move
from tests.ripples import a_booked_course, visit
from tests.staff_pages import CLINICIAN, FRONT_DESK, MANAGER, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
SENTENCE = "Choose a day between the years 1900 and 2099."

far = pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31"])


@far
def test_the_board_shows_the_end_of_its_calendar(day: str) -> None:
    a_clinic()
    client = a_client(FRONT_DESK)
    page = client.get("/", {"day": day})
    shown = date(1900, 1, 1) if day < "1900" else date(2099, 12, 31)
    assert page.status_code == 200
    assert f"{shown:%B} {shown.day}, {shown.year}" in text_of(page)
    assert client.get("/board/visits.json", {"day": day}).status_code == 200


@far
def test_no_visit_is_placed_there(day: str) -> None:
    clinic = a_clinic()
    visit_type = an_assessment_visit()
    session, course = an_approved_session(), a_course(status="referred")
    typed = {"site": clinic.site.pk, "on": day, "at": "09:00"}
    client = a_client(FRONT_DESK)
    for address, more in (
        (f"/courses/{course.pk}/assessments/book/", {"visit_type": visit_type.pk}),
        (f"/sessions/{session.pk}/place/", {}),
    ):
        page = client.post(address, {**typed, **more})
        assert SENTENCE in text_of(page), address
    assert not Appointment.objects.exists()


@far
def test_no_visit_is_moved_there(day: str) -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    page = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/move/",
        {"site": clinic.site.pk, "on": day, "at": "09:00", "revision": visit.revision},
    )
    assert SENTENCE in text_of(page)


@far
def test_no_course_is_planned_from_there(day: str) -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {"protocol": course.protocol_id, "site": clinic.site.pk, "start_on": day},
    )
    assert SENTENCE in text_of(page)
    with pytest.raises(CommandError, match=SENTENCE):
        call_command("plan_course", str(course.pk), start_on=day)


@far
def test_nothing_is_closed_there(day: str) -> None:
    clinic = a_clinic()
    page = a_client(MANAGER).post(
        "/closures/new/",
        {
            "site": clinic.site.pk,
            "from_on": TODAY,
            "from_at": "00:00",
            "until_on": day,
            "until_at": "00:00",
            "reason": "Renovation",
        },
    )
    assert SENTENCE in text_of(page)
    assert not Closure.objects.exists()


@far
def test_no_assessment_is_of_that_day(day: str) -> None:
    course = a_course(status="referred")
    page = a_client(CLINICIAN).post(
        f"/courses/{course.pk}/assessments/new/",
        {"assessment_id": uuid4(), "assessed_on": day, "findings": "Calm"},
    )
    assert SENTENCE in text_of(page)


@pytest.mark.parametrize("day", ["2027-05-06", "2099-12-31", "9999-12-31"])
def test_no_course_is_planned_more_than_a_year_ahead(day: str) -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {"protocol": course.protocol_id, "site": clinic.site.pk, "start_on": day},
    )
    assert TOO_FAR in text_of(page)
    with pytest.raises(CommandError, match="Choose a day"):
        call_command("plan_course", str(course.pk), start_on=day)
    with pytest.raises(CommandError, match="Choose a day"):
        call_command(
            "replan", resource=clinic.therapist.name, begins="2026-05-05", ends=day
        )


def test_a_course_can_be_planned_a_year_ahead() -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    last = TODAY + timedelta(days=FAR_DAYS)
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {"protocol": course.protocol_id, "site": clinic.site.pk, "start_on": last},
    )
    assert page.status_code == 200
    assert TOO_FAR not in text_of(page)


@pytest.mark.parametrize("change", ["begin::2099-12-31", "sooner::2099-12-31"])
def test_no_plan_is_asked_for_that_begins_more_than_a_year_ahead(change: str) -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {
            "protocol": course.protocol_id,
            "site": clinic.site.pk,
            "start_on": TODAY,
            "changes": change,
        },
    )
    assert TOO_FAR in text_of(page)
    with pytest.raises(CommandError, match=TOO_FAR):
        call_command("plan_course", str(course.pk), change=[change])


@pytest.mark.parametrize(
    "change",
    [
        "begin::9999-12-31",
        "sooner::9999-12-31",
        "on:D1:9999-12-31",
        "at:D1:9999-12-31T2359Z",
        "open::9999-12-31",
        "wider:D1:0,99999999",
        "within::99999999999",
    ],
)
def test_an_absurd_change_is_left_out_of_the_plan(change: str) -> None:
    clinic, course = a_clinic(), _a_course_with_a_protocol()
    page = a_client(FRONT_DESK).post(
        f"/courses/{course.pk}/plan/",
        {
            "protocol": course.protocol_id,
            "site": clinic.site.pk,
            "start_on": TODAY,
            "changes": change,
        },
    )
    assert page.status_code == 200
    assert change not in page.content.decode()


@pytest.mark.parametrize("day", ["2027-05-06", "2099-12-31", "9999-12-31"])
def test_no_running_course_is_changed_so_far_ahead(day: str) -> None:
    clinic = a_clinic()
    course = a_booked_course(clinic)
    d2, client = visit(course, "D2"), a_client(FRONT_DESK)
    typed = {"site": clinic.site.pk}
    for address, more in (
        (
            f"/appointments/{d2.pk}/move/along/",
            {"on": day, "at": "09:00", "revision": d2.revision},
        ),
        (f"/courses/{course.pk}/change/resume/", {"from_on": day}),
        (
            f"/courses/{course.pk}/change/add/",
            {
                "session_id": uuid4(),
                "visit_type": d2.session.visit_type_id,
                "label": "Another",
                "earliest_on": TODAY,
                "latest_on": day,
            },
        ),
    ):
        assert TOO_FAR in text_of(client.post(address, {**typed, **more})), address


def test_a_move_so_far_ahead_is_refused_by_whoever_asks() -> None:
    clinic = a_clinic()
    course = a_booked_course(clinic)
    change = Move(visit(course, "D2").pk, at(9, day=FAR_DAYS + 1))
    with pytest.raises(BadInput, match=TOO_FAR):
        try_ripple(course=course, change=change, site=clinic.site, actor=DESK, now=NOW)


@pytest.mark.parametrize("named", [date.min, date(2099, 12, 31), date.max])
def test_the_calendar_is_never_read_for_more_than_two_years(named: date) -> None:
    clinic = a_clinic()
    course = a_booked_course(clinic)
    course.sessions.filter(label="D4").update(latest_on=date.max)
    reading = read_running_course(
        course=course, site=clinic.site, to_reach=[named], now=NOW
    )
    assert reading.calendars.first_on >= TODAY - timedelta(days=1)
    assert reading.calendars.last_on <= TODAY + timedelta(days=READ_DAYS)


def test_a_visit_that_is_further_away_than_that_is_no_obstacle() -> None:
    clinic = a_clinic()
    course = a_booked_course(clinic)
    added = add_session(
        course=course,
        visit_type=visit(course, "INT4").session.visit_type,
        label="Years later",
        window=OnDays(earliest_on=TODAY),
        actor=DESK,
        now=NOW,
    )
    # As one that was booked before there was a limit.
    an_appointment(added, site=clinic.site, starts_at=at(9, day=READ_DAYS + 1))
    try_ripple(course=course, change=Replace(), site=clinic.site, actor=DESK, now=NOW)


def _a_course_with_a_protocol() -> Course:
    course = a_course(protocol=a_protocol())
    an_eligible_assessment(course)
    return course


A_DAY_TOO_FAR = TODAY + timedelta(days=FAR_DAYS + 1)


def test_no_single_visit_is_placed_or_moved_more_than_a_year_ahead() -> None:
    clinic, client = a_clinic(), a_client(FRONT_DESK)
    session = an_approved_session()
    booked = book(session, clinic.site, at(9, day=1))
    typed = {"site": clinic.site.pk, "on": A_DAY_TOO_FAR, "at": "09:00"}
    for address, more in (
        (f"/sessions/{session.pk}/place/", {}),
        (f"/appointments/{booked.pk}/move/", {"revision": booked.revision}),
    ):
        assert TOO_FAR in text_of(client.post(address, {**typed, **more}))
    booked.refresh_from_db()
    assert booked.starts_at == at(9, day=1)


def test_nobody_else_books_or_moves_a_visit_there_either() -> None:
    clinic = a_clinic()
    session = an_approved_session(visit_type=an_integration())
    far_off = at(9, day=FAR_DAYS + 1)
    with pytest.raises(BadInput, match=TOO_FAR):
        book(session, clinic.site, far_off)
    booked = book(session, clinic.site, at(9, day=1))
    with pytest.raises(BadInput, match=TOO_FAR):
        move(booked, far_off)


def test_no_course_is_held_for_more_than_a_year() -> None:
    course = a_booked_course(a_clinic())
    typed = {"reason": "Travels", "review_on": A_DAY_TOO_FAR}
    page = a_client(FRONT_DESK).post(f"/courses/{course.pk}/change/hold/", typed)
    assert TOO_FAR in text_of(page)
    with pytest.raises(BadInput, match=TOO_FAR):
        hold_course(
            course=course,
            reason="Travels",
            review_on=A_DAY_TOO_FAR,
            actor=DESK,
            now=NOW,
        )
