"""Every page keeps the strict content policy, fits a phone and works by list alone."""

import pytest
from playwright.sync_api import Page, expect

from scheduler.roles import CLINICIAN, FRONT_DESK, MANAGER
from tests.browser.staff import (
    a_closure,
    a_visit_today,
    an_open_clinic,
    make_roles,
    sign_in,
)
from tests.builders import a_protocol, a_user

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    "/",
    "/patients/",
    "/patients/{patient}/",
    "/courses/{course}/",
    "/courses/{course}/plan/",
    "/courses/{course}/change/add/",
    "/courses/{course}/change/extend/",
    "/courses/{course}/change/hold/",
    "/courses/{course}/change/omit/",
    "/courses/{course}/change/replace/",
    "/courses/{course}/change/resume/",
    "/courses/{course}/change/shorten/",
    "/courses/{course}/change/interval/",
    "/courses/{course}/assessments/book/",
    "/appointments/{visit}/",
    "/appointments/{visit}/move/",
    "/appointments/{visit}/move/along/",
    "/outbox/",
    "/setup/",
    "/scheduler/resource/",
    "/courses/visittype/",
)
DESKS_PAGES = (
    "/patients/new/",
    "/patients/{patient}/change/",
    "/new-times/lost-credential/",
)
MANAGERS_PAGES = (
    "/closures/new/",
    "/scheduler/site/add/",
    "/scheduler/resource/{chair}/change/",
    "/courses/protocol/{protocol}/change/",
    "/courses/protocol/{draft}/change/",
    "/courses/clinician/",
    "/courses/clinicevent/",
    "/scheduler/closure/",
    "/scheduler/closure/{closure}/change/",
)


def addresses(role: str) -> list[str]:
    clinic = an_open_clinic()
    visit = a_visit_today(clinic, 10)
    names = {
        "visit": visit.pk,
        "patient": visit.patient_id,
        "course": visit.session.course_id,
        "chair": clinic.chairs[0].pk,
        "protocol": a_protocol().pk,
        "closure": a_closure(clinic).pk,
        "draft": a_protocol(doses=1, status="draft").pk,
    }
    pages = {
        CLINICIAN: PAGES,
        FRONT_DESK: (*PAGES, *DESKS_PAGES),
        MANAGER: (*PAGES, *DESKS_PAGES, *MANAGERS_PAGES),
    }[role]
    return [page.format(**names) for page in pages]


@pytest.mark.parametrize("role", [FRONT_DESK, CLINICIAN, MANAGER])
def test_no_page_of_a_role_has_an_error_in_its_console(
    browser: Page, role: str
) -> None:
    errors: list[str] = []
    browser.on(
        "console",
        lambda message: (
            errors.append(f"{browser.url}: {message.text}")
            if message.type == "error"
            else None
        ),
    )
    pages = addresses(role)
    sign_in(browser, role)
    for address in pages:
        answer = browser.goto(address, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, address
    assert errors == []


@pytest.mark.parametrize(
    ("role", "width"), [(CLINICIAN, 390), (MANAGER, 390), (MANAGER, 1280)]
)
def test_no_page_scrolls_sideways(browser: Page, role: str, width: int) -> None:
    pages = addresses(role)
    browser.set_viewport_size({"width": width, "height": 844})
    sign_in(browser, role)
    for address in pages:
        browser.goto(address)
        needed = browser.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, address


def test_a_phone_shows_the_list_and_checks_in(browser: Page) -> None:
    visit = a_visit_today(an_open_clinic(), 10)
    browser.set_viewport_size({"width": 390, "height": 844})
    sign_in(browser, FRONT_DESK)
    expect(browser.locator("#board-columns")).to_be_hidden()
    browser.get_by_role("button", name="Check in: Ana0 Vega0").click()
    expect(browser.locator(".messagelist")).to_contain_text("Checked in.")
    visit.refresh_from_db()
    assert visit.status == "arrived"


def test_the_board_works_without_javascript(browser: Page) -> None:
    visit = a_visit_today(an_open_clinic(), 10)
    outer = browser.context.browser
    assert outer is not None
    make_roles()
    a_user("plain", role=FRONT_DESK)
    browser.goto("/")
    context = outer.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(browser.url)
    page.get_by_label("Username").fill("plain")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Check in: Ana0 Vega0").click()
    expect(page.locator(".messagelist")).to_contain_text("Checked in.")
    context.close()
    visit.refresh_from_db()
    assert visit.status == "arrived"
