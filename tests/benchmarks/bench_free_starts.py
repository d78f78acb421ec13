"""Free starts of one provider over 30 days, in a young table and in an old one."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Course, Session
from scheduler.availability import free_starts
from scheduler.models import Appointment, Claim, Resource, Site
from tests.benchmarks.harness import Report, median_milliseconds
from tests.benchmarks.peer_slots import Week, peer_slots
from tests.builders import (
    NOW,
    TODAY,
    a_course,
    a_patient,
    a_room,
    a_site,
    a_therapist,
    an_integration,
    at,
)

SIZES = (1_000, 100_000)
PROVIDERS = 5
A_DAY = 8
DAYS_AHEAD = 25
# Tomorrow, and a month from then on.
FIRST_ON = TODAY + timedelta(days=1)
DAYS = 30
BATCH = 5_000


def measure_free_starts(report: Report) -> None:
    site = a_site()
    for _ in range(PROVIDERS):
        a_room(site)
    people = [a_therapist(site) for _ in range(PROVIDERS)]
    visit_type, patient = an_integration(), a_patient("Zoe")
    filled, milliseconds = 0, []

    def ask() -> int:
        slots = free_starts(
            visit_type=visit_type,
            site=site,
            from_on=FIRST_ON,
            until_on=FIRST_ON + timedelta(days=DAYS - 1),
            fixed={"therapist": people[0].pk},
            patient=patient,
            now=NOW,
        )
        return len(slots)

    for size in SIZES:
        # Each size has the same days to come; the larger one has a longer past.
        _fill(site, people, filled // PROVIDERS, size // PROVIDERS)
        filled = size
        with CaptureQueriesContext(connection) as captured:
            found = ask()
        if not found:
            raise RuntimeError("Nothing is free, so nothing is measured.")
        said = f"{size:,} appointments"
        report.register(
            name="queries for free starts, 30 days, one provider",
            size=said,
            value=len(captured),
            unit="queries",
            at_most=3,
        )
        milliseconds.append(median_milliseconds(ask, rounds=21))
        report.register(
            name="free starts, 30 days, one provider",
            size=said,
            value=milliseconds[-1],
            unit="ms",
        )
    report.register(
        name="free starts, 100,000 against 1,000 appointments",
        size="ratio",
        value=milliseconds[1] / milliseconds[0],
        unit="times",
        at_most=1.5,
    )
    _measure_peer(report, people[0], ask(), milliseconds[-1])


def _measure_peer(
    report: Report, person: Resource, found: int, milliseconds: float
) -> None:
    """The same provider and days asked of django-appointment, in memory."""
    claims = Claim.objects.filter(
        resource=person,
        starts_at__gte=at(0, day=1),
        starts_at__lt=at(0, day=1 + DAYS),
    )
    site_zone = person.site.zone
    starts = [claim.starts_at.astimezone(site_zone) for claim in claims]
    peer = peer_slots(
        Week(
            first_on=str(FIRST_ON),
            days=DAYS,
            opens=8,
            closes=18,
            booked=[(str(each.date()), each.hour) for each in starts],
        )
    )
    if peer.found != found:
        raise RuntimeError(f"The peer finds {peer.found} starts, and we {found}.")
    size = f"{len(starts)} booked, {found} starts"
    report.register(
        name="queries of django-appointment for the same",
        size=size,
        value=peer.queries,
        unit="queries",
    )
    report.register(
        name="free starts: how many times faster than it",
        size=size,
        value=peer.milliseconds / milliseconds,
        unit="times",
        baseline=peer.milliseconds,
        at_least=30,
    )


def _fill(site: Site, people: list[Resource], first: int, last: int) -> None:
    for number, person in enumerate(people):
        course = a_course(a_patient(f"Patient {number} {first}"))
        for begin in range(first, last, BATCH):
            _book(site, person, course, range(begin, min(begin + BATCH, last)))


def _book(site: Site, person: Resource, course: Course, numbers: range) -> None:
    visit_type = an_integration()
    sessions = Session.objects.bulk_create(
        Session(course=course, visit_type=visit_type, label="Past", position=0)
        for _ in numbers
    )
    appointments = []
    for session, number in zip(sessions, numbers, strict=True):
        day = DAYS_AHEAD - number // A_DAY
        starts_at = at(9 + number % A_DAY, day=day)
        appointments.append(
            Appointment(
                session=session,
                patient=course.patient,
                site=site,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=60),
                status="booked",
                revised_at=NOW,
                created_at=NOW,
            )
        )
    Appointment.objects.bulk_create(appointments)
    Claim.objects.bulk_create(
        Claim(
            appointment=appointment,
            resource=person,
            unit=0,
            party="therapist",
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
        )
        for appointment in appointments
    )
