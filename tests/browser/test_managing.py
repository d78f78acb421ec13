"""What a manager does beside the stock forms."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import Page, expect

from courses.models import ClinicEvent
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.models import Closure
from scheduler.planning.problem import Preferences
from scheduler.roles import MANAGER
from tests.browser.staff import a_closure, an_open_clinic, sign_in
from tests.builders import DESK, a_patient
from tests.desk import a_course_to_plan

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


def test_a_sick_day_is_repaired_while_the_person_waits(browser: Page) -> None:
    clinic = an_open_clinic()
    course = a_course_to_plan(a_patient("Ana", "Waiting"))
    plan_now = plan_course(
        course=course,
        site=clinic.site,
        preferences=Preferences(
            start_on=(now().astimezone(clinic.site.zone) + timedelta(days=2)).date()
        ),
        now=now(),
    )
    assert isinstance(plan_now, CoursePlan)
    visits = book_course(
        course=course,
        plan=plan_now,
        as_holds=True,
        hold_expires_at=now() + timedelta(days=7),
        actor=DESK,
        now=now(),
    )
    dose = next(visit for visit in visits if visit.session.label == "D1")
    sign_in(browser, MANAGER)
    browser.goto("/closures/new/")
    browser.get_by_label("Resource").select_option(str(clinic.prescriber.pk))
    local = dose.starts_at.astimezone(clinic.site.zone)
    for name, value in (
        ("from_on", f"{local:%Y-%m-%d}"),
        ("from_at", "00:00"),
        ("until_on", f"{local:%Y-%m-%d}"),
        ("until_at", "23:00"),
        ("reason", "Sick"),
    ):
        browser.locator(f"[name={name}]").fill(value)
    browser.get_by_role("button", name="Close this time").click()
    browser.locator("[name=despite_appointments]").check()
    browser.get_by_role("button", name="Close this time").click()
    browser.get_by_role("button", name="Propose new times").click()
    expect(
        browser.get_by_role("heading", name="New times for the course")
    ).to_be_visible()
    # The script looks on by itself until nothing better exists.
    expect(browser.get_by_text("No better times exist.")).to_be_visible()
    browser.get_by_role("button", name="Move the ticked courses").first.click()
    expect(browser.get_by_text("1 course has its new times.")).to_be_visible()
    expect(browser.get_by_text("Nothing is left to move")).to_be_visible()
    dose.refresh_from_db()
    assert dose.starts_at.astimezone(clinic.site.zone).date() != local.date()
