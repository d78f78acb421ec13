"""Moving a visit with all that follows, and holding a course, in a real browser."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import Page, expect

from courses.actions.choose_protocol import choose_protocol
from courses.models import Course
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.planning.problem import Preferences
from scheduler.roles import FRONT_DESK
from tests.browser.staff import an_open_clinic, sign_in
from tests.builders import DESK, a_course, a_protocol, an_eligible_assessment
from tests.ripples import times, visit

pytestmark = pytest.mark.django_db(transaction=True)


def a_course_under_way() -> Course:
    """A course with three doses, from tomorrow on, at a clinic open every day."""
    site, today = an_open_clinic().site, now().date()
    course = a_course()
    an_eligible_assessment(
        course, assessed_on=today, valid_until=today + timedelta(days=365)
    )
    chosen = choose_protocol(
        course=course, protocol=a_protocol(doses=3), actor=DESK, now=now()
    )
    wish = Preferences(start_on=today + timedelta(days=1))
    found = plan_course(course=chosen, site=site, preferences=wish, now=now())
    assert isinstance(found, CoursePlan)
    book_course(course=chosen, plan=found, actor=DESK, now=now())
    return chosen


def test_a_visit_moves_and_carries_the_rest_along_within_four_clicks(
    browser: Page,
) -> None:
    course = a_course_under_way()
    d2, before = visit(course, "D2"), times(course)
    sign_in(browser, FRONT_DESK)
    browser.goto(f"/appointments/{d2.pk}/")
    browser.get_by_role("link", name="Move to").click()
    local = d2.starts_at.astimezone(d2.site.zone) + timedelta(days=4)
    browser.get_by_label("Day").fill(f"{local:%Y-%m-%d}")
    browser.get_by_role("button", name="carry the rest along").click()
    row = browser.get_by_role("row").filter(has_text="D3").first
    expect(row.locator("s")).to_be_visible(timeout=20_000)
    assert times(course) == before
    browser.get_by_role("button", name="Move all of these").click()
    expect(browser.locator(".messagelist")).to_contain_text("visits are moved")
    after = times(course)
    assert after["D2"] == d2.starts_at + timedelta(days=4)
    assert after["D3"] > after["D2"]
    assert after["D1"] == before["D1"]


def test_the_pages_of_a_change_fit_a_phone(browser: Page) -> None:
    course = a_course_under_way()
    sign_in(browser, FRONT_DESK)
    browser.set_viewport_size({"width": 390, "height": 844})
    browser.goto(f"/courses/{course.pk}/")
    browser.get_by_role("link", name="Put on hold").click()
    browser.get_by_label("Reason").fill("Travels")
    browser.get_by_role("button", name="See what follows").click()
    expect(browser.get_by_role("heading", name="lose their times")).to_be_visible()
    width = browser.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    browser.get_by_role("button", name="Put it on hold").click()
    expect(browser.locator(".messagelist")).to_contain_text("The course is on hold.")
    assert times(course) == {}


def test_a_change_is_made_by_keyboard_without_scripts(browser: Page) -> None:
    course = a_course_under_way()
    sign_in(browser, FRONT_DESK)
    signed_in = browser.context.storage_state()
    engine = browser.context.browser
    assert engine is not None
    plain = engine.new_context(
        base_url=browser.url, storage_state=signed_in, java_script_enabled=False
    )
    page = plain.new_page()
    page.goto(f"/courses/{course.pk}/change/shorten/")
    page.get_by_label("Reason").focus()
    page.keyboard.type("Well")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Shorten it so").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("The course is shortened.")
    plain.close()
    assert "D3" not in times(course)
