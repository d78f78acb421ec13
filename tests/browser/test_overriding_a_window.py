"""A prescriber books a plan that breaks a hard window, with a reason, in a browser."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils.timezone import now
from playwright.sync_api import Page, expect

from courses.models import Course, Protocol, ProtocolStep
from scheduler.models import AppointmentEvent
from scheduler.roles import CLINICIAN
from tests.browser.staff import USERNAMES, an_open_clinic, sign_in
from tests.builders import (
    a_clinician,
    a_course,
    a_protocol,
    an_eligible_assessment,
    working_hours,
)
from tests.ripples import times
from tests.treatments import PUBLISHED_AT

pytestmark = pytest.mark.django_db(transaction=True)


def a_course_whose_second_dose_has_no_day() -> Course:
    """It belongs two to four days after the first, and doses are given once a week."""
    clinic, today = an_open_clinic(), now().date()
    clinic.prescriber.working_hours.all().delete()
    working_hours(clinic.prescriber, weekdays=[(today.weekday() + 2) % 7])
    protocol = a_protocol(doses=2, status="draft")
    ProtocolStep.objects.filter(protocol=protocol, code="D2").update(is_hard=True)
    others = ("INT1", "INT2", "PREP1")
    ProtocolStep.objects.filter(protocol=protocol, code__in=others).delete()
    Protocol.objects.filter(pk=protocol.pk).update(
        status="published", published_at=PUBLISHED_AT
    )
    course = a_course()
    an_eligible_assessment(
        course, assessed_on=today, valid_until=today + timedelta(days=365)
    )
    return course


def test_a_prescriber_widens_a_window_and_books_with_a_reason(browser: Page) -> None:
    course = a_course_whose_second_dose_has_no_day()
    sign_in(browser, CLINICIAN)
    user = User.objects.get(username=USERNAMES[CLINICIAN])
    a_clinician("Dr. Kim", user=user)
    browser.goto(f"/courses/{course.pk}/plan/")
    browser.locator("#plan-form button[type=submit]").first.click()
    expect(browser.get_by_text("No plan fits")).to_be_visible(timeout=20_000)
    wider = browser.get_by_role("button", name="Let D2 be 3 days later")
    # Whoever may book it isn't sent to somebody else.
    expect(browser.get_by_text("a prescriber must book it")).to_have_count(0)
    wider.click()
    expect(browser.get_by_text("This plan breaks a hard rule.")).to_be_visible(
        timeout=20_000
    )

    browser.get_by_role("button", name="Book all").click()
    expect(browser.locator(".errornote, .errorlist").first).to_contain_text(
        "D2 belongs between"
    )
    assert times(course) == {}

    browser.get_by_label("Reason for the override").fill("Patient travels")
    browser.get_by_role("button", name="Book all").click()
    expect(browser.locator(".messagelist")).to_contain_text("2 visits are booked.")
    at = times(course)
    assert (at["D2"] - at["D1"]).days >= 6
    event = AppointmentEvent.objects.get(appointment__session__label="D2")
    assert event.details["override_reason"] == "Patient travels"
    expect(browser.get_by_text("outside its window")).to_be_visible()
