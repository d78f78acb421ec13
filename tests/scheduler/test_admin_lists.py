"""The admin's lists: few queries however long they are, and what may be changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from courses.models import (
    Capability,
    ClinicEvent,
    Clinician,
    Course,
    CourseHold,
    Patient,
    Session,
)
from scheduler.models import (
    Appointment,
    AppointmentEvent,
    Claim,
    Closure,
    Resource,
    Site,
)
from tests.builders import (
    NOW,
    TODAY,
    a_capability,
    a_chair,
    a_clinician,
    a_course,
    a_patient,
    a_protocol,
    a_session,
    a_site,
    a_user,
    an_appointment,
    an_eligible_assessment,
    at,
)
from tests.staff_pages import CLINICIAN, FRONT_DESK, MANAGER, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def patients(count: int) -> None:
    for _ in range(count):
        number = Patient.objects.count()
        a_patient(f"Given{number}", f"Family{number}")


def courses(count: int) -> None:
    for _ in range(count):
        number = Patient.objects.count()
        course = a_course(a_patient(f"Given{number}", f"Family{number}"))
        an_eligible_assessment(course)
        a_session(course)


def appointments(count: int) -> None:
    site = a_site()
    for _ in range(count):
        number = Patient.objects.count()
        patient = a_patient(f"Given{number}", f"Family{number}")
        appointment = an_appointment(
            a_session(a_course(patient)),
            site=site,
            claims=[(a_chair(site), 0)],
        )
        AppointmentEvent.objects.create(
            appointment=appointment,
            kind="booked",
            to_status="booked",
            revision=0,
            sequence=0,
            actor_label="test",
            occurred_at=NOW,
        )


def holds(count: int) -> None:
    for _ in range(count):
        number = Patient.objects.count()
        CourseHold.objects.create(
            course=a_course(a_patient(f"Given{number}", f"Family{number}")),
            reason="Travels",
            review_on=TODAY,
            held_at=NOW,
            held_by_label="test",
        )


def resources(count: int) -> None:
    site = a_site()
    for _ in range(count):
        Resource.objects.create(
            kind="person",
            name=f"Person {Resource.objects.count()}",
            site=site,
            clinician=a_clinician(f"Dr. {Clinician.objects.count()}"),
        )


def capabilities(count: int) -> None:
    for _ in range(count):
        a_capability(f"skill-{Capability.objects.count()}")


def closures(count: int) -> None:
    for _ in range(count):
        Closure.objects.create(
            site=a_site(),
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
            reason="Holiday",
        )


def clinic_events(count: int) -> None:
    for number in range(count):
        ClinicEvent.objects.create(
            kind="time_closed",
            subject=f"Chair {number}",
            actor_label="test",
            occurred_at=NOW,
        )


LISTS: list[tuple[str, Callable[[int], None]]] = [
    ("courses_patient", patients),
    ("courses_course", courses),
    ("courses_session", courses),
    ("courses_coursehold", holds),
    ("courses_assessment", courses),
    ("courses_clinicevent", clinic_events),
    ("courses_clinician", resources),
    ("courses_credential", resources),
    ("courses_capability", capabilities),
    ("scheduler_resource", resources),
    ("scheduler_closure", closures),
    ("scheduler_site", closures),
    ("scheduler_appointment", appointments),
    ("scheduler_claim", appointments),
    ("scheduler_appointmentevent", appointments),
]


@pytest.mark.parametrize(("name", "fill"), LISTS, ids=[name for name, _ in LISTS])
def test_a_list_takes_at_most_ten_queries_and_as_many_for_100_rows_as_for_10(
    boss: Client,
    name: str,
    fill: Callable[[int], None],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    address = reverse(f"admin:{name}_changelist")
    fill(10)
    with django_assert_max_num_queries(10) as short:
        page = boss.get(address)
    assert _rows(page) >= 10
    fill(90)
    with django_assert_max_num_queries(10) as long:
        page = boss.get(address)
    assert _rows(page) >= 99
    assert len(short.captured_queries) == len(long.captured_queries)


@pytest.mark.parametrize(
    "model", [Patient, Course, Session, Appointment, Claim, AppointmentEvent]
)
def test_nobody_adds_changes_or_deletes_a_record_in_the_admin(
    boss: Client, model: type
) -> None:
    appointments(1)
    row = model.objects.first()  # type: ignore[attr-defined]
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
    assert boss.get(reverse(f"{name}_add")).status_code == 403
    shown = boss.get(reverse(f"{name}_change", args=[row.pk]))
    assert shown.status_code == 200
    assert 'name="_save"' not in shown.content.decode()
    assert (
        boss.post(reverse(f"{name}_change", args=[row.pk]), {"status": "x"}).status_code
        == 403
    )
    assert boss.post(reverse(f"{name}_delete", args=[row.pk])).status_code == 403


def test_adding_a_closure_leads_to_the_page_that_looks_for_appointments() -> None:
    answer = a_client(MANAGER).get(reverse("admin:scheduler_closure_add"))
    assert answer["Location"] == reverse("scheduler:close_time")


def test_an_unknown_time_zone_is_named_on_the_form() -> None:
    answer = a_client(MANAGER).post(
        reverse("admin:scheduler_site_add"),
        {
            "code": "moon",
            "name": "Moon",
            "address": "Crater 1",
            "time_zone": "Moon/Base",
            "grid_minutes": 15,
        },
    )
    assert "is not a known time zone" in text_of(answer)


def test_hours_that_end_before_they_start_are_refused_with_their_sentence() -> None:
    chair = a_chair(a_site())
    answer = a_client(MANAGER).post(
        reverse("admin:scheduler_resource_change", args=[chair.pk]),
        {
            "kind": "chair",
            "name": chair.name,
            "site": chair.site_id,
            "capacity": 1,
            "is_active": "on",
            "working_hours-TOTAL_FORMS": 1,
            "working_hours-INITIAL_FORMS": 0,
            "working_hours-0-resource": chair.pk,
            "working_hours-0-site": chair.site_id,
            "working_hours-0-weekday": 0,
            "working_hours-0-opens": "18:00",
            "working_hours-0-closes": "08:00",
        },
    )
    assert "closing time must be after the opening time" in text_of(answer)


def test_capacity_below_what_is_claimed_comes_back_as_its_sentence() -> None:
    chair = a_chair(a_site())
    Resource.objects.filter(pk=chair.pk).update(capacity=2)
    # The database asks its own clock, which no test can turn.
    an_appointment(site=chair.site, starts_at=at(9, day=9999), claims=[(chair, 1)])
    answer = a_client(MANAGER).post(
        reverse("admin:scheduler_resource_change", args=[chair.pk]),
        {
            "kind": "chair",
            "name": chair.name,
            "site": chair.site_id,
            "capacity": 1,
            "is_active": "on",
            "working_hours-TOTAL_FORMS": 0,
            "working_hours-INITIAL_FORMS": 0,
        },
        follow=True,
    )
    assert "fewer units than are claimed" in text_of(answer)
    chair.refresh_from_db()
    assert chair.capacity == 2


def test_instants_stand_on_the_clinics_clock_with_its_zone() -> None:
    a_site(zone="Europe/London")
    course = a_course(protocol=a_protocol())
    client = a_client(MANAGER)
    # 13:00 in UTC is two in the afternoon of London's summer.
    for name, key in (("course", course.pk), ("patient", course.patient_id)):
        page = client.get(reverse(f"admin:courses_{name}_change", args=[key]))
        assert "May 4, 2026, 14:00 BST" in text_of(page), name
        listed = client.get(reverse(f"admin:courses_{name}_changelist"))
        assert "May 4, 2026, 14:00 BST" in text_of(listed), name
    listed = client.get(reverse("admin:courses_protocol_changelist"))
    assert "Jan 5, 2026, 00:00 GMT" in text_of(listed)


@pytest.mark.parametrize("zone", ["localtime", "Factory", "posixrules", "Mars/Base"])
def test_a_zone_that_is_no_place_on_earth_is_refused(boss: Client, zone: str) -> None:
    answer = boss.post(
        reverse("admin:scheduler_site_add"),
        {
            "code": "new",
            "name": "New",
            "address": "1 Street",
            "time_zone": zone,
            "grid_minutes": 15,
        },
    )
    assert f"“{zone}” is not a known time zone" in text_of(answer)
    assert not Site.objects.exists()


def test_a_published_protocol_shows_but_cannot_be_changed() -> None:
    protocol = a_protocol()
    address = reverse("admin:courses_protocol_change", args=[protocol.pk])
    client = a_client(MANAGER)
    page = client.get(address).content.decode()
    assert 'name="_save"' not in page
    assert 'name="_publish"' not in page
    assert client.post(address, {"name": "Other"}).status_code == 403


def test_the_setup_page_lists_only_what_the_role_may_see() -> None:
    seen_by_desk = text_of(a_client(FRONT_DESK).get("/setup/"))
    assert "Resources" in seen_by_desk
    assert "Assessments" not in seen_by_desk
    assert "Assessments" in text_of(a_client(CLINICIAN).get("/setup/"))


def test_the_front_desk_changes_no_reference_data() -> None:
    chair = a_chair(a_site())
    address = reverse("admin:scheduler_resource_change", args=[chair.pk])
    assert a_client(FRONT_DESK).post(address, {"name": "x"}).status_code == 403


def test_a_user_without_a_role_sees_no_records() -> None:
    client = Client()
    client.force_login(a_user("nobody"))
    for address in ("/", "/patients/", "/outbox/", "/scheduler/appointment/"):
        assert client.get(address).status_code == 403


def _rows(page: HttpResponseBase) -> int:
    """How many rows the list shows."""
    return len(getattr(page, "context_data")["cl"].result_list)  # noqa: B009
