"""A canceled visit leaves a time: who gains by it, and giving it to one of them."""

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from courses.models import Course, VisitType
from scheduler.models import Appointment
from scheduler.repairs.gaps import Gap, takers_of
from tests.builders import NOW, Clinic, a_clinic, a_patient
from tests.desk import a_course_to_plan, book_plan, cancel, plan
from tests.disruptions import a_busy_clinic, live, times
from tests.racing import double_claims
from tests.staff_pages import FRONT_DESK, a_client, fields_of, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def desk() -> Client:
    return a_client(FRONT_DESK)


@pytest.fixture
def tight() -> tuple[Clinic, list[Course]]:
    """One nurse and one chair, so that each course waits for the one before it."""
    clinic = a_clinic(chairs=1, nurses=1)
    courses = []
    for name in ("First", "Second", "Third"):
        course = a_course_to_plan(a_patient(name))
        book_plan(course, plan(course, clinic.site))
        courses.append(course)
    return clinic, courses


def gap_left_by(gone: Appointment) -> Gap:
    return Gap(
        site=gone.site,
        starts_at=gone.starts_at,
        visit_type=VisitType.objects.get(pk=gone.session.visit_type_id),
        not_for=gone.session.course_id,
    )


def a_gap(courses: list[Course]) -> Appointment:
    """The first course gives up its doses; the later one's time is gone for good."""
    gone = live(courses[0], "D1")
    cancel(live(courses[0], "D2"))
    cancel(gone)
    return gone


def test_who_gains_is_named_with_what_would_move(
    tight: tuple[Clinic, list[Course]],
) -> None:
    gone = a_gap(tight[1])
    takers = takers_of(gap_left_by(gone), now=NOW)
    assert takers.found
    for filling in takers.found:
        placed = {s.key: s for s in filling.plan.sessions}
        assert placed[filling.candidate.key].starts_at == gone.starts_at
        assert filling.gains > (0,) * len(filling.gains)
    ranks = [filling.rank for filling in takers.found]
    assert ranks == sorted(ranks)


def test_the_course_that_gave_the_time_up_is_not_asked(
    tight: tuple[Clinic, list[Course]],
) -> None:
    gone = a_gap(tight[1])
    takers = takers_of(gap_left_by(gone), now=NOW)
    keys = {filling.candidate.course.key for filling in takers.found}
    assert str(gone.session.course_id) not in keys


def test_a_session_without_a_time_comes_first(
    tight: tuple[Clinic, list[Course]],
) -> None:
    _, courses = tight
    last = live(courses[2], "D2")
    cancel(last)
    gap = Gap(
        site=last.site,
        starts_at=last.starts_at,
        visit_type=VisitType.objects.get(code="infusion-40"),
    )
    first = takers_of(gap, now=NOW).found[0]
    assert first.candidate.is_waiting
    assert first.candidate.key == str(last.session_id)


def test_however_many_candidates_the_queries_stay_the_same(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    clinic, courses = a_busy_clinic(courses=4)
    gone = a_gap(courses)
    gap = gap_left_by(gone)
    Appointment.objects.filter(session__course__in=courses[2:]).update(
        status="cancelled", sequence=5, revision=5
    )
    with django_assert_max_num_queries(18) as few:
        takers_of(gap, now=NOW)
    for name in ("Fifth", "Sixth", "Seventh"):
        course = a_course_to_plan(a_patient(name))
        book_plan(course, plan(course, clinic.site))
    with django_assert_max_num_queries(18) as many:
        takers_of(gap, now=NOW)
    assert len(many.captured_queries) == len(few.captured_queries)


def _page_of(desk: Client, gone: Appointment) -> HttpResponseBase:
    answer = desk.get(f"/appointments/{gone.pk}/who-could/")
    assert answer.status_code == 302
    return desk.get(answer["Location"])


def test_the_canceled_visit_leads_to_the_page_and_one_click_gives_the_time(
    desk: Client, tight: tuple[Clinic, list[Course]]
) -> None:
    _, courses = tight
    gone = a_gap(courses)
    assert "Who could take this time?" in text_of(desk.get(f"/appointments/{gone.pk}/"))
    page = _page_of(desk, gone)
    assert "would gain by" in text_of(page)
    taker = takers_of(gap_left_by(gone), now=NOW).found[0]
    key = taker.candidate.course.key

    answer = desk.post("/free-time/take/", _fields(page, key))

    assert any("takes the time" in each for each in said(answer)), said(answer)
    taken = Appointment.objects.live().get(session__pk=UUID(taker.candidate.key))
    assert taken.starts_at == gone.starts_at
    assert double_claims() == 0


def test_a_time_that_was_given_away_is_not_given_again(
    desk: Client, tight: tuple[Clinic, list[Course]]
) -> None:
    _, courses = tight
    gone = a_gap(courses)
    page = _page_of(desk, gone)
    key = takers_of(gap_left_by(gone), now=NOW).found[0].candidate.course.key
    fields = _fields(page, key)
    desk.post("/free-time/take/", fields)
    before = {course.pk: times(course) for course in courses}

    answer = desk.post("/free-time/take/", fields)

    assert any("no longer what you saw" in each for each in said(answer))
    assert {course.pk: times(course) for course in courses} == before


def test_a_time_that_is_past_is_refused(
    desk: Client, tight: tuple[Clinic, list[Course]]
) -> None:
    infusion = VisitType.objects.get(code="infusion-40")
    asked = {
        "site": str(tight[0].site.pk),
        "on": (NOW - timedelta(days=1)).date().isoformat(),
        "at": "10:00",
        "visit_type": str(infusion.pk),
    }
    assert "That time is past" in text_of(desk.get("/free-time/", asked))


def test_a_visit_to_come_that_is_booked_leaves_no_gap(
    desk: Client, tight: tuple[Clinic, list[Course]]
) -> None:
    visit = live(tight[1][0], "D1")
    assert "Who could take" not in text_of(desk.get(f"/appointments/{visit.pk}/"))


def test_any_time_of_the_boards_day_can_be_asked_about(
    desk: Client, tight: tuple[Clinic, list[Course]]
) -> None:
    gone = a_gap(tight[1])
    local = gone.starts_at.astimezone(gone.site.zone)
    board = desk.get("/", {"site": gone.site.code, "day": f"{local:%Y-%m-%d}"})
    link = re.search(r'href="(/free-time/[^"]*)"', board.content.decode())
    assert link
    page = desk.get(html.unescape(link.group(1)))
    asked = fields_of(page)
    assert (asked["site"], asked["on"]) == (
        str(gone.site.pk),
        f"{local:%Y-%m-%d}",
    )
    asked |= {"at": f"{local:%H:%M}", "visit_type": str(gone.session.visit_type_id)}
    assert "would gain by" in text_of(desk.get("/free-time/", asked))


def test_the_board_of_a_day_that_is_over_asks_about_no_free_time(
    desk: Client, tight: tuple[Clinic, list[Course]]
) -> None:
    site = tight[0].site
    before = (NOW - timedelta(days=1)).date().isoformat()
    assert "Who could take a free time?" in text_of(desk.get("/"))
    past = desk.get("/", {"site": site.code, "day": before})
    assert "Who could take a free time?" not in text_of(past)


def _fields(page: HttpResponseBase, key: str) -> dict[str, str]:
    """What the button of that patient sends."""
    body = getattr(page, "content", b"").decode()
    form = next(part for part in body.split("<form")[1:] if f'value="{key}:' in part)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    take = re.search(r'name="take" value="([^"]+)"', form)
    assert take
    return {**hidden, "take": take.group(1)}
