"""What a manager does beside the stock forms."""

import pytest
from playwright.sync_api import Page, expect

from courses.models import ClinicEvent
from scheduler.models import Closure
from scheduler.roles import MANAGER
from tests.browser.staff import a_closure, an_open_clinic, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_closed_time_is_reopened_with_one_button_on_its_page(browser: Page) -> None:
    closure = a_closure(an_open_clinic())
    sign_in(browser, MANAGER)
    browser.goto(f"/scheduler/closure/{closure.pk}/change/")
    browser.get_by_role("button", name="Reopen this time").click()
    expect(browser.get_by_text("is open again")).to_be_visible()
    assert not Closure.objects.exists()
    browser.goto("/courses/clinicevent/")
    expect(browser.get_by_role("cell", name="Time reopened")).to_be_visible()
    assert ClinicEvent.objects.latest("id").actor_label == "manager"
