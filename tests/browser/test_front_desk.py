"""The front desk's day in a real browser, clicks counted against their budgets."""

import re
from datetime import time, timedelta
from itertools import combinations, pairwise

import pytest
from django.utils.timezone import now
from playwright.sync_api import FloatRect, Locator, Page, expect

from courses.actions.choose_protocol import choose_protocol
from courses.models import Protocol
from scheduler.models import Appointment
from scheduler.roles import CLINICIAN, FRONT_DESK, MANAGER
from tests.browser.staff import a_visit_today, an_open_clinic, sign_in
from tests.builders import (
    DESK,
    a_course,
    a_patient,
    a_protocol,
    a_session,
    an_appointment,
    an_eligible_assessment,
    working_hours,
)
from tests.scheduler.test_plan_course import a_whole_clinic

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("role", [FRONT_DESK, CLINICIAN, MANAGER])
def test_after_signing_in_everybody_sees_todays_visits(
    browser: Page, role: str
) -> None:
    a_visit_today(an_open_clinic(), 10)
    sign_in(browser, role)
    expect(browser.get_by_role("heading", name="Today")).to_be_visible()
    expect(browser.locator(".ec-event").first).to_contain_text("Ana0 Vega0")
    expect(browser.locator(".ec-event").first).to_contain_text("10:00")


def test_the_board_shows_the_sites_time_in_a_browser_elsewhere(browser: Page) -> None:
    a_visit_today(an_open_clinic(), 10)
    elsewhere = browser.context.browser
    assert elsewhere is not None
    sign_in(browser, FRONT_DESK)
    address = browser.url
    tokyo = elsewhere.new_context(
        timezone_id="Asia/Tokyo", storage_state=browser.context.storage_state()
    )
    page = tokyo.new_page()
    page.goto(address)
    expect(page.locator(".ec-event").first).to_contain_text("10:00")
    tokyo.close()


def test_checking_in_takes_one_click_from_the_list(browser: Page) -> None:
    visit = a_visit_today(an_open_clinic(), 10)
    sign_in(browser, FRONT_DESK)
    browser.get_by_role("button", name="List").click()
    browser.get_by_role("button", name="Check in: Ana0 Vega0").click()
    expect(browser.locator(".messagelist")).to_contain_text("Checked in.")
    visit.refresh_from_db()
    assert visit.status == "arrived"


def test_the_panel_opens_by_keyboard_and_undoes_a_check_in(browser: Page) -> None:
    visit = a_visit_today(an_open_clinic(), 10, "arrived")
    sign_in(browser, FRONT_DESK)
    browser.locator(".ec-event").first.focus()
    browser.keyboard.press("Enter")
    panel = browser.get_by_label("Visit details")
    expect(panel.get_by_role("heading", name="Ana0 Vega0")).to_be_focused()
    panel.get_by_text("More", exact=True).click()
    panel.get_by_role("button", name="Undo check-in").click()
    expect(browser.locator(".messagelist")).to_contain_text("undone")
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_visit_is_moved_to_an_offered_time(browser: Page) -> None:
    clinic = an_open_clinic()
    visit = a_visit_today(clinic, 10)
    sign_in(browser, FRONT_DESK)
    browser.goto(f"/appointments/{visit.pk}/")
    browser.get_by_role("link", name="Move to").click()
    before = visit.starts_at
    browser.locator(".offers button").last.click()
    expect(browser.locator(".messagelist")).to_contain_text("moved")
    visit.refresh_from_db()
    assert visit.starts_at != before


def test_a_visit_is_cancelled_with_a_reason_in_three_clicks(browser: Page) -> None:
    visit = a_visit_today(an_open_clinic(), 10)
    sign_in(browser, FRONT_DESK)
    browser.locator(".ec-event").first.click()
    panel = browser.get_by_label("Visit details")
    panel.get_by_text("More", exact=True).click()
    panel.get_by_label("Reason for canceling").fill("Patient is ill")
    panel.get_by_role("button", name="Cancel visit").click()
    expect(browser.locator(".messagelist")).to_contain_text("canceled")
    visit.refresh_from_db()
    assert visit.cancel_reason == "Patient is ill"


def test_a_whole_course_is_planned_and_booked_within_five_clicks(
    browser: Page,
) -> None:
    a_whole_clinic()
    course = a_course()
    today = now().date()
    an_eligible_assessment(
        course, assessed_on=today, valid_until=today + timedelta(days=365)
    )
    sign_in(browser, FRONT_DESK)
    browser.goto(f"/courses/{course.pk}/")
    browser.get_by_role("link", name="Plan the course").click()
    protocol = Protocol.objects.get(code="iv-6-2w")
    browser.get_by_label("Protocol").select_option(str(protocol.pk))
    browser.get_by_role("button", name="See the plan").click()
    book = browser.get_by_role("button", name=re.compile("Book all"))
    expect(book).to_be_visible(timeout=20_000)
    book.click()
    expect(browser.locator(".messagelist")).to_contain_text("visits are booked")
    assert Appointment.objects.filter(status="booked").count() >= 12


def test_a_day_is_banned_and_another_plan_booked_on_a_phone_by_keyboard(
    browser: Page,
) -> None:
    browser.set_viewport_size({"width": 390, "height": 800})
    a_whole_clinic()
    course = a_course()
    today = now().date()
    an_eligible_assessment(
        course, assessed_on=today, valid_until=today + timedelta(days=365)
    )
    sign_in(browser, FRONT_DESK)
    browser.goto(f"/courses/{course.pk}/plan/")
    protocol = Protocol.objects.get(code="iv-6-2w")
    browser.get_by_label("Protocol").select_option(str(protocol.pk))
    browser.get_by_role("button", name="See the plan").click()
    expect(browser.get_by_text("What this plan costs")).to_be_visible(timeout=30_000)
    width = browser.evaluate("document.documentElement.scrollWidth")
    assert width <= 390

    menu = browser.locator("details.asks summary").first
    menu.focus()
    browser.keyboard.press("Enter")
    never = browser.get_by_role("button", name=re.compile("Never on")).first
    never.focus()
    browser.keyboard.press("Enter")
    chip = browser.locator("ul.chips li")
    expect(chip).to_contain_text("All visits: never on", timeout=30_000)
    expect(browser.get_by_role("heading", name="Other good plans")).to_be_visible()
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390

    browser.get_by_role("button", name=re.compile("Book this one")).first.click()
    expect(browser.locator(".messagelist")).to_contain_text(
        "visits are booked", timeout=30_000
    )
    assert Appointment.objects.filter(status="booked").count() >= 12


def test_a_patient_is_found_from_any_page_with_the_slash_key(browser: Page) -> None:
    a_visit_today(an_open_clinic(), 10)
    sign_in(browser, FRONT_DESK)
    browser.goto("/outbox/")
    browser.keyboard.press("/")
    browser.keyboard.type("vega0")
    browser.keyboard.press("Enter")
    expect(browser.get_by_role("link", name="Vega0, Ana0")).to_be_visible()
    assert "vega0" not in browser.url


def test_a_change_at_another_desk_is_refused_on_the_old_page(browser: Page) -> None:
    visit = a_visit_today(an_open_clinic(), 10)
    sign_in(browser, FRONT_DESK)
    browser.goto(f"/appointments/{visit.pk}/")
    Appointment.objects.filter(pk=visit.pk).update(
        revision=visit.revision + 1, sequence=visit.sequence + 1
    )
    browser.get_by_role("button", name="Check in").click()
    expect(browser.locator(".messagelist")).to_contain_text(
        "changed after you opened it"
    )


def test_visits_of_minutes_stand_beside_each_other_and_their_words_fit(
    browser: Page,
) -> None:
    clinic = an_open_clinic()
    ten = a_visit_today(clinic, 10).starts_at
    for after, minutes in ((20, 5), (25, 5), (60, 30), (90, 30)):
        an_appointment(
            a_session(a_course(a_patient(f"Given{after}", "Longfamilyname"))),
            site=clinic.site,
            starts_at=ten + timedelta(minutes=after),
            minutes=minutes,
            claims=[(clinic.prescriber, 0)],
        )
    sign_in(browser, FRONT_DESK)
    expect(browser.locator(".ec-event:has(.ev-short)")).to_have_count(2)
    boxes = [box_of(event) for event in browser.locator(".ec-event").all()]
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other)
    for event in browser.locator(".ec-event").all():
        lines = [box_of(line) for line in event.locator(".ev-line").all()]
        for above, below in pairwise(lines):
            assert above["y"] + above["height"] <= below["y"] + 1
        assert lines[-1]["y"] + lines[-1]["height"] <= bottom(box_of(event)) + 1


def test_the_board_marks_now_what_is_shut_and_its_first_hour(browser: Page) -> None:
    clinic = an_open_clinic()
    a_visit_today(clinic, 10)
    working_hours(
        clinic.rooms[0], weekdays=range(7), opens=time(0, 15), closes=time(23, 45)
    )
    sign_in(browser, FRONT_DESK)
    columns = browser.locator("#board-columns")
    expect(columns.locator(".now-line").first).to_be_attached()
    expect(columns.locator(".is-off").first).to_be_attached()
    expect(columns.locator(".ec-slot").first).to_have_css("visibility", "visible")
    expect(columns.locator(".ec-slot").first).to_have_text("00:00")


@pytest.mark.parametrize("width", [1280, 375])
def test_a_long_label_stays_beside_its_box(browser: Page, width: int) -> None:
    browser.set_viewport_size({"width": width, "height": 800})
    clinic = an_open_clinic()
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course, valid_until=now().date() + timedelta(days=365))
    choose_protocol(course=course, protocol=a_protocol(doses=2), actor=DESK, now=now())
    dose, therapy = (
        an_appointment(
            course.sessions.get(step__code=code),
            site=clinic.site,
            starts_at=now() + timedelta(days=days),
        )
        for code, days in (("D1", 1), ("INT1", 2))
    )
    course.sessions.filter(pk=therapy.session_id).update(
        label="Integration after a very long session with quite some words in its name"
    )
    sign_in(browser, FRONT_DESK)
    browser.goto(f"/appointments/{dose.pk}/")
    browser.get_by_text("More", exact=True).click()
    label = browser.locator("label.check").first
    words = label.evaluate(
        """label => {
            const range = document.createRange();
            range.selectNodeContents(label);
            const box = label.querySelector("input").getBoundingClientRect();
            range.setStartAfter(label.querySelector("input"));
            return [...range.getClientRects()]
                .filter(line => line.width > 4)
                .map(line => line.left - box.right);
        }"""
    )
    assert len(words) > 1
    assert min(words) > 0


def box_of(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def bottom(box: FloatRect) -> float:
    return box["y"] + box["height"]


def overlap(one: FloatRect, other: FloatRect) -> bool:
    return (
        one["x"] < other["x"] + other["width"] - 1
        and other["x"] < one["x"] + one["width"] - 1
        and one["y"] < bottom(other) - 1
        and other["y"] < bottom(one) - 1
    )
