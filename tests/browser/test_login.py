"""Nobody sees the clinic without a name and a password."""

from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect


def test_the_first_page_asks_for_a_login_and_opens_with_it(browser: Page) -> None:
    get_user_model().objects.create_superuser("boss", password="a-long-passphrase-1")
    browser.goto("/")
    browser.get_by_label("Username").fill("boss")
    browser.get_by_label("Password").fill("wrong")
    browser.get_by_role("button", name="Log in").click()
    expect(browser.locator(".errornote")).to_be_visible()

    browser.get_by_label("Username").fill("boss")
    browser.get_by_label("Password").fill("a-long-passphrase-1")
    browser.get_by_role("button", name="Log in").click()
    expect(browser.locator("#user-tools")).to_contain_text("boss")
