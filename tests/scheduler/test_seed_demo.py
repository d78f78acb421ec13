"""The demo clinic is busy, plausible and the same every time."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker, Settings

from courses.models import ClinicEvent, Course, CourseEvent, Patient, Session
from courses.rules.windows import deviations
from courses.shapes import course_shape
from notifications.models import Notification
from scheduler.demo import seeding
from scheduler.demo.clinic import zones_at
from scheduler.demo.seeding import seed_demo
from scheduler.demo.stories import STORIES
from scheduler.models import (
    Appointment,
    AppointmentEvent,
    Claim,
    Closure,
    Resource,
    Site,
)
from scheduler.placements import placements_of
from tests.builders import a_patient

PASSWORD = "for-tests-only"
MOMENTS = {
    "a Sunday far from any clock change": datetime(2026, 7, 5, 16, 5, tzinfo=UTC),
    "late at night in UTC": datetime(2026, 2, 18, 23, 30, tzinfo=UTC),
    "the week of a clock change in autumn": datetime(2026, 10, 26, 9, 45, tzinfo=UTC),
}
SPRING = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=list(MOMENTS))
def now(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[datetime]:
    """The moment for which a demo clinic stands in the database; only read it."""
    moment = MOMENTS[str(request.param)]
    with django_db_blocker.unblock(), transaction.atomic():
        seed_demo(size=1, password=PASSWORD, now=moment)
        yield moment
        transaction.set_rollback(True)


def riverside() -> Site:
    return Site.objects.get(code="riverside")


def test_the_board_of_today_is_busy(now: datetime) -> None:
    zone = riverside().zone
    today = Counter(
        visit.status
        for visit in Appointment.objects.filter(site=riverside())
        if visit.starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    )
    assert sum(today.values()) >= 8
    assert len(today) >= 2
    assert today["arrived"] + today["in_session"] + today["recovering"] >= 1


def test_nothing_has_happened_in_the_future(now: datetime) -> None:
    assert not AppointmentEvent.objects.filter(occurred_at__gt=now).exists()
    assert not CourseEvent.objects.filter(occurred_at__gt=now).exists()
    assert not ClinicEvent.objects.filter(occurred_at__gt=now).exists()


def test_nothing_of_the_past_is_left_lying(now: datetime) -> None:
    over = Appointment.objects.filter(ends_at__lt=now - timedelta(hours=3))
    ended = {"completed", "no_show", "cancelled"}
    assert set(over.values_list("status", flat=True)) == ended


def test_a_clock_change_lies_inside_the_appointments(now: datetime) -> None:
    for site in Site.objects.all():
        visits = Appointment.objects.filter(site=site)
        starts = visits.values_list("starts_at", flat=True)
        assert len({at.astimezone(site.zone).utcoffset() for at in starts}) == 2


def test_there_are_patients_at_every_stage(now: datetime) -> None:
    assert Patient.objects.count() == 40
    courses = Counter(Course.objects.values_list("status", flat=True))
    assert set(courses) == set(Course.Status.values)
    assert courses["in_treatment"] >= 10
    protocols = Course.objects.filter(status="in_treatment").values_list(
        "protocol__code", flat=True
    )
    assert set(protocols) == {"iv-6-2w", "iv-8-4w", "kap-im-6"}


def test_there_are_appointments_of_every_fate(now: datetime) -> None:
    visits = Counter(Appointment.objects.values_list("status", flat=True))
    assert visits["held"] >= 5
    assert visits["no_show"] >= 2
    assert visits["cancelled"] >= 2
    assert visits["booked"] >= 50
    assert visits["completed"] >= 100
    kinds = set(AppointmentEvent.objects.values_list("kind", flat=True))
    assert {"moved", "restored", "cancelled", "no_show"} <= kinds


def test_two_zones_twenty_resources_and_one_person_at_both_sites(now: datetime) -> None:
    assert len(set(Site.objects.values_list("time_zone", flat=True))) == 2
    assert Resource.objects.count() >= 20
    here, there = (
        set(Resource.objects.filter(working_hours__site__code=code))
        for code in ("riverside", "westlake")
    )
    assert len(here & there) == 1


def test_no_course_breaks_a_hard_rule(now: datetime) -> None:
    for course in Course.objects.exclude(protocol=None):
        broken = deviations(course_shape(course), placements_of(course.pk))
        assert [one.sentence for one in broken if one.is_hard] == []


def test_every_change_of_an_appointment_has_its_line_of_history(now: datetime) -> None:
    for appointment in Appointment.objects.prefetch_related("events"):
        lines = sorted(appointment.events.all(), key=lambda line: line.revision)
        revisions = [line.revision for line in lines]
        assert revisions == list(range(appointment.revision + 1))
        assert lines[-1].to_status == appointment.status
        times = [line.occurred_at for line in lines]
        assert times == sorted(times)


def test_a_day_off_is_a_day_at_the_persons_own_site(now: datetime) -> None:
    for closure in Closure.objects.exclude(resource=None).exclude(reason="Staff lunch"):
        assert closure.resource is not None
        begins = closure.starts_at.astimezone(closure.resource.site.zone)
        assert f"{begins:%H:%M}" == "00:00", closure.reason


def test_no_session_keeps_a_day_that_only_the_demo_wanted(now: datetime) -> None:
    assert not Session.objects.exclude(earliest_on=None, latest_on=None).exists()


def test_no_address_leads_anywhere(now: datetime) -> None:
    mailed = Patient.objects.exclude(email="").values_list("email", flat=True)
    assert all(address.endswith("@example.org") for address in mailed)
    assert Patient.objects.filter(email="").exists()


@pytest.mark.parametrize("hour", range(24))
def test_it_is_always_day_at_riverside(hour: int) -> None:
    moment = datetime(2026, 3, 30, hour, 29, tzinfo=UTC)
    zones = zones_at(moment)
    assert len(set(zones.values())) == 2
    wall = moment.astimezone(Site(time_zone=zones["riverside"]).zone)
    assert 8 <= wall.hour <= 18


@pytest.fixture
def few_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo of six patients, for what doesn't need them all."""
    some = (STORIES[0], STORIES[3], STORIES[12], STORIES[24], STORIES[31], STORIES[37])
    monkeypatch.setattr(seeding, "STORIES", some)


def picture(*, now: datetime) -> list[tuple[object, ...]]:
    """What a demo clinic made at that moment looks like; it is gone afterwards."""
    with transaction.atomic():
        seed_demo(size=1, password=PASSWORD, now=now)
        claims = Claim.objects.values_list(
            "starts_at", "resource__name", "unit", "appointment__status"
        )
        events = AppointmentEvent.objects.values_list(
            "occurred_at", "kind", "appointment__patient__family_name", "actor_label"
        )
        seen: list[tuple[object, ...]] = [*sorted(claims), *sorted(events)]
        transaction.set_rollback(True)
    return seen


@pytest.mark.django_db
@pytest.mark.usefixtures("few_stories")
def test_the_same_moment_gives_the_same_clinic() -> None:
    assert picture(now=SPRING) == picture(now=SPRING)


@pytest.mark.django_db
@pytest.mark.usefixtures("few_stories")
def test_the_command_fills_an_empty_database_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "6 patients" in out.getvalue()
    for username in ("frontdesk", "clinician", "manager"):
        user = authenticate(username=username, password=PASSWORD)
        assert user is not None
        assert user.groups.count() == 1
    # Nobody is told of what was booked long ago.
    assert Notification.objects.exists()
    assert not Notification.objects.exclude(status="sent").exists()
    with pytest.raises(CommandError, match="only goes into an empty one"):
        call_command("seed_demo")
    assert Patient.objects.count() == 6


@pytest.mark.django_db
def test_a_database_with_a_patient_is_refused_untouched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    a_patient()
    with pytest.raises(CommandError, match="only goes into an empty one"):
        call_command("seed_demo")
    assert not Site.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["", "demo-clinic"])
def test_the_well_known_password_is_refused_outside_a_trial(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, password: str
) -> None:
    settings.IS_FOR_TRYING = False
    monkeypatch.setenv("DEMO_PASSWORD", password)
    with pytest.raises(CommandError, match="Set DEMO_PASSWORD to one of your own"):
        call_command("seed_demo")
    assert not Site.objects.exists()


@pytest.mark.django_db
def test_a_size_below_one_is_refused() -> None:
    with pytest.raises(CommandError, match="whole number from 1 on"):
        call_command("seed_demo", size=0)
