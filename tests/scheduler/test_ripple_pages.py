"""The pages that change a running course: look at what follows, then commit it."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client

from courses.models import Course, CourseHold
from scheduler.models import Appointment, Closure
from tests.builders import TODAY, Clinic, a_clinic, a_user, an_integration
from tests.desk import cancel, move
from tests.ripples import a_booked_course, statuses, times, visit
from tests.staff_pages import FRONT_DESK, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
DAY = timedelta(days=1)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    return a_booked_course(clinic)


def move_form(appointment: Appointment, days: int, **more: object) -> dict[str, object]:
    local = appointment.starts_at.astimezone(appointment.site.zone) + days * DAY
    return {
        "site": appointment.site_id,
        "on": f"{local:%Y-%m-%d}",
        "at": f"{local:%H:%M}",
        "revision": appointment.revision,
        **more,
    }


def seen(page: HttpResponseBase) -> str:
    """The sealed ripple that the page would commit."""
    body = getattr(page, "content", b"").decode()
    found = re.search(r'name="seen" value="([^"]+)"', body)
    assert found, text_of(page)
    return found.group(1)


def along(appointment: Appointment) -> str:
    return f"/appointments/{appointment.pk}/move/along/"


def changing(course: Course, kind: str) -> str:
    return f"/courses/{course.pk}/change/{kind}/"


# --- moving along -----------------------------------------------------------------


def test_looking_shows_old_and_new_times_and_changes_nothing(course: Course) -> None:
    d2, before = visit(course, "D2"), times(course)
    page = a_client(FRONT_DESK).post(along(d2), move_form(d2, 3))
    words = text_of(page)
    assert "6 visits move" in words
    assert "D2 moves Until now: Fri, May 8 08:00 Then: Mon, May 11 08:00" in words
    assert "D2 belongs between Fri, May 8 and Sun, May 10 because of D1" in words
    assert "3 visits stay as they are" in words
    assert "Treatment ends 4 days later: on Mon, May 18, not Thu, May 14." in words
    assert "6 updated invites to ana@mail.example." in words
    assert times(course) == before


def test_the_move_page_leads_to_what_moves_along(course: Course) -> None:
    d2 = visit(course, "D2")
    page = a_client(FRONT_DESK).get(f"/appointments/{d2.pk}/move/")
    assert f'formaction="{along(d2)}"' in page.content.decode()
    assert "carry the rest along" in text_of(page)


def test_one_button_moves_all_that_was_shown(course: Course) -> None:
    client, d2 = a_client(FRONT_DESK), visit(course, "D2")
    shown = client.post(along(d2), move_form(d2, 3))
    form = move_form(d2, 3, seen=seen(shown), commit="yes")
    done = client.post(along(d2), form)
    assert done.status_code == 302, text_of(done)
    assert said(done) == ["6 visits are moved."]
    assert times(course)["D2"] == d2.starts_at + 3 * DAY


def test_the_desk_may_move_only_this_visit_and_reads_what_that_breaks(
    course: Course,
) -> None:
    client, d4 = a_client(FRONT_DESK), visit(course, "INT4")
    shown = client.post(along(d4), move_form(d4, 4))
    words = text_of(shown)
    assert "The rest stays where it is. That breaks: INT4 belongs between" in words
    assert "Move only this visit" in words
    client.post(f"/appointments/{d4.pk}/move/", move_form(d4, 4))
    assert times(course)["INT4"] == d4.starts_at + 4 * DAY


def test_a_visit_in_the_way_of_moving_alone_is_named(course: Course) -> None:
    d2 = visit(course, "D2")
    words = text_of(a_client(FRONT_DESK).post(along(d2), move_form(d2, 3)))
    assert "Not at that time. The patient is at INT2 then" in words


def test_a_time_at_which_nobody_can_serve_says_who_is_missing(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    Closure.objects.create(
        site=clinic.site,
        starts_at=d2.starts_at + 3 * DAY,
        ends_at=d2.starts_at + 4 * DAY,
        reason="Holiday",
    )
    words = text_of(a_client(FRONT_DESK).post(along(d2), move_form(d2, 3)))
    assert "Not at this time" in words
    assert "closed" in words
    assert "Nothing was changed" in words


def test_a_stale_page_says_what_changed_and_shows_what_would_happen_now(
    course: Course,
) -> None:
    client, d2 = a_client(FRONT_DESK), visit(course, "D2")
    shown = client.post(along(d2), move_form(d2, 3))
    d4 = visit(course, "D4")
    move(d4, d4.starts_at + timedelta(hours=3))
    before = times(course)
    form = move_form(d2, 3, seen=seen(shown), commit="yes")
    again = client.post(along(d2), form)
    words = text_of(again)
    assert "D4: moved by front desk in tests at 09:00." in words
    assert "D4 moves Until now: Wed, May 13 11:00" in words
    assert times(course) == before
    form["seen"] = seen(again)
    assert client.post(along(d2), form).status_code == 302


def test_another_time_typed_after_looking_is_looked_at_first(course: Course) -> None:
    client, d2, before = a_client(FRONT_DESK), visit(course, "D2"), times(course)
    shown = client.post(along(d2), move_form(d2, 3))
    page = client.post(along(d2), move_form(d2, 4, seen=seen(shown), commit="yes"))
    assert "The form was changed after you looked" in text_of(page)
    assert "Then: Tue, May 12" in text_of(page)
    assert times(course) == before


def test_a_forged_ripple_is_nothing_but_another_look(course: Course) -> None:
    d2, before = visit(course, "D2"), times(course)
    form = move_form(d2, 3, seen="forged", commit="yes")
    page = a_client(FRONT_DESK).post(along(d2), form)
    assert "6 visits move" in text_of(page)
    assert times(course) == before


def test_a_second_click_moves_nothing_again(course: Course) -> None:
    client, d2 = a_client(FRONT_DESK), visit(course, "D2")
    shown = client.post(along(d2), move_form(d2, 3))
    form = move_form(d2, 3, seen=seen(shown), commit="yes")
    client.post(along(d2), form)
    after = times(course)
    assert client.post(along(d2), form).status_code == 302
    assert times(course) == after


def test_a_dose_that_isnt_cleared_there_has_no_button(course: Course) -> None:
    course.assessments.update(valid_until=date(2026, 5, 13))
    d4 = visit(course, "D4")
    page = a_client(FRONT_DESK).post(along(d4), move_form(d4, 2))
    assert "D4 on May 15 isn't cleared" in text_of(page)
    assert 'name="commit"' not in page.content.decode()


# --- changing the course ----------------------------------------------------------


def test_the_course_page_leads_to_every_change(course: Course) -> None:
    page = a_client(FRONT_DESK).get(f"/courses/{course.pk}/")
    body = page.content.decode()
    for kind in ("hold", "replace", "add", "extend", "shorten"):
        assert f'href="{changing(course, kind)}"' in body
    d3 = visit(course, "D3")
    assert f"{changing(course, 'omit')}?session={d3.session_id}" in body
    assert f'href="/appointments/{d3.pk}/move/"' in body


def test_placing_the_rest_anew_looks_at_once(clinic: Clinic, course: Course) -> None:
    client = a_client(FRONT_DESK)
    page = client.get(changing(course, "replace"))
    assert "No visit changes" in text_of(page)
    assert 'name="commit"' not in page.content.decode()
    int3 = visit(course, "INT3")
    Closure.objects.create(
        resource=clinic.therapist,
        starts_at=int3.starts_at,
        ends_at=int3.ends_at,
        reason="Ill",
    )
    page = client.get(changing(course, "replace"))
    assert "1 visit moves" in text_of(page)
    form = {"site": clinic.site.pk, "seen": seen(page), "commit": "yes"}
    assert client.post(changing(course, "replace"), form).status_code == 302
    assert times(course)["INT3"] != int3.starts_at


def _twice(
    client: Client, course: Course, kind: str, form: Mapping[str, object]
) -> tuple[str, list[str]]:
    """What the page said would happen, and what it said when it had."""
    shown = client.post(changing(course, kind), form)
    done = client.post(
        changing(course, kind), {**form, "seen": seen(shown), "commit": "yes"}
    )
    assert done.status_code == 302, text_of(done)
    return text_of(shown), said(done)


def test_a_session_is_left_out_from_its_link(clinic: Clinic, course: Course) -> None:
    client, d3 = a_client(FRONT_DESK), visit(course, "D3")
    asked = client.get(f"{changing(course, 'omit')}?session={d3.session_id}")
    assert f'value="{d3.session_id}" selected' in asked.content.decode()
    form = {"site": clinic.site.pk, "session": d3.session_id, "reason": "Travels"}
    shown, told = _twice(client, course, "omit", form)
    assert "2 visits are canceled" in shown
    assert told == ["It is left out. 2 visits are canceled."]
    assert statuses(course)["D3"] == "omitted"


def test_sessions_without_a_visit_are_named_when_they_go(
    clinic: Clinic, course: Course
) -> None:
    cancel(visit(course, "D4"))
    d4 = course.sessions.get(label="D4")
    form = {"site": clinic.site.pk, "session": d4.pk, "reason": "Travels"}
    shown, _ = _twice(a_client(FRONT_DESK), course, "omit", form)
    assert "D4 is left out." in shown
    assert "INT4 is left out." in shown


def test_a_course_is_put_on_hold_and_goes_on(clinic: Clinic, course: Course) -> None:
    client, site = a_client(FRONT_DESK), clinic.site.pk
    form = {"site": site, "reason": "Travels", "review_on": TODAY + 14 * DAY}
    shown, told = _twice(client, course, "hold", form)
    assert "9 visits lose their times" in shown
    assert "9 cancellations to ana@mail.example." in shown
    assert told == ["The course is on hold. 9 visits have lost their times."]
    assert CourseHold.objects.open().filter(course=course).exists()
    page = text_of(client.get(f"/courses/{course.pk}/"))
    assert "On hold Look again on May 18" in page
    assert "Plan the course" not in page
    form = {"site": site, "from_on": TODAY + 14 * DAY}
    shown, told = _twice(client, course, "resume", form)
    assert "9 visits are new" in shown
    assert told == ["The course goes on. 9 visits are new."]
    assert len(times(course)) == 9


def test_a_session_is_added(clinic: Clinic, course: Course) -> None:
    form = {
        "site": clinic.site.pk,
        "session_id": uuid4(),
        "visit_type": an_integration().pk,
        "label": "Extra talk",
        "earliest_on": TODAY + 3 * DAY,
        "latest_on": TODAY + 4 * DAY,
    }
    shown, told = _twice(a_client(FRONT_DESK), course, "add", form)
    assert "1 visit is new" in shown
    assert told == ["It is added. 1 visit is new."]
    assert "Extra talk" in times(course)


def test_a_course_is_extended_and_shortened(clinic: Clinic, course: Course) -> None:
    client = a_client(FRONT_DESK)
    assert "The course has 4 now." in text_of(client.get(changing(course, "extend")))
    form: dict[str, object] = {"site": clinic.site.pk, "doses": 1, "number": 4}
    _, told = _twice(client, course, "extend", form)
    assert told == ["The course is extended. 2 visits are new."]
    form |= {"number": 5, "reason": "Well"}
    _, told = _twice(client, course, "shorten", form)
    assert told == ["The course is shortened. 2 visits are canceled."]


def test_what_the_course_refuses_is_told_above_the_form(
    clinic: Clinic, course: Course
) -> None:
    form = {"site": clinic.site.pk, "doses": 9, "number": 4, "reason": "Well"}
    page = a_client(FRONT_DESK).post(changing(course, "shorten"), form)
    assert "The course can be shortened by 3 doses" in text_of(page)


def test_there_is_no_other_way_to_change_a_course(course: Course) -> None:
    assert a_client(FRONT_DESK).get(changing(course, "erase")).status_code == 404


def test_nobody_changes_courses_without_running_the_desk(course: Course) -> None:
    client, d2 = Client(), visit(course, "D2")
    client.force_login(a_user("reader"))
    assert client.get(along(d2)).status_code == 403
    assert client.get(changing(course, "hold")).status_code == 403
