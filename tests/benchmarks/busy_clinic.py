"""A seeded clinic of 20 resources whose calendar is full of years of appointments.

Of 83,000 claims about 7,500 lie in the twelve weeks ahead; the others lie before and
after them. The same seed makes the same clinic on either engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Protocol, Session
from scheduler.models import Appointment, Claim, Resource, Site
from scheduler.planning.spans import Busy
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    a_capability,
    a_course,
    a_patient,
    a_person,
    a_site,
    a_thing,
    an_integration,
)
from tests.scheduler.planning.clinics_at_random import POOLS, Pool, blocks_booked

CLAIMS = 83_000
WEEKS_AHEAD = 12
HOURS = (8, 18)
LOAD = 0.66
WEEKS_BEYOND = 12
BATCH = 5_000
# Rooms of this clinic are consulting rooms and treatment rooms alike.
PEOPLE = ("prescriber", "nurse", "therapist")


@dataclass(frozen=True)
class BusyClinic:
    """The clinic, and its resources by their pool: chairs, nurses and so on."""

    site: Site
    resources: dict[str, tuple[Resource, ...]]

    @property
    def end_on(self) -> date:
        """The day on which the twelve weeks ahead are over."""
        return TODAY + timedelta(weeks=WEEKS_AHEAD)


def a_busy_clinic(*, claims: int = CLAIMS, seed: int = 1) -> BusyClinic:
    """The clinic of that seed, with so many claims in the table."""
    install_library(library=read_library(), actor=DESK, now=NOW)
    site = a_site("Busy clinic")
    resources = {pool.kind: tuple(_resources(site, pool)) for pool in POOLS}
    calendar = _claims(Random(seed), resources, claims)
    for resource, some in calendar.items():
        _write(site, resource, some)
    return BusyClinic(site, resources)


def a_course_on(protocol: Protocol, name: str, *, until_month_three: bool) -> Course:
    """A course that follows the protocol; month three may be left for later.

    With it a course reaches far beyond the twelve weeks ahead.
    """
    course = choose_protocol(
        course=a_course(a_patient(name)), protocol=protocol, actor=DESK, now=NOW
    )
    if not until_month_three:
        late = Session.objects.filter(course=course, step__code="FU2")
        late.update(status=Session.Status.OMITTED)
    return Course.objects.select_related("patient").get(pk=course.pk)


def _resources(site: Site, pool: Pool) -> Iterator[Resource]:
    for number in range(pool.count):
        name = f"{pool.kind} {number}"
        if pool.kind in PEOPLE:
            # Every other one can do everything that only some can.
            skills = (*pool.skills, *(pool.some if number % 2 == 0 else ()))
            yield a_person(site, can=skills, name=name, capacity=pool.capacity)
        else:
            thing = a_thing(site, kind=pool.kind, can=pool.skills[0], name=name)
            thing.capabilities.add(*(a_capability(code) for code in pool.skills[1:]))
            yield thing


def _claims(
    random: Random, resources: dict[str, tuple[Resource, ...]], count: int
) -> dict[Resource, list[Busy]]:
    """The newest so many claims, up to some weeks beyond those ahead."""
    found: dict[Resource, list[Busy]] = {
        resource: [] for pool in resources.values() for resource in pool
    }
    day = TODAY + timedelta(weeks=WEEKS_AHEAD + WEEKS_BEYOND)
    left = count
    while left:
        day -= timedelta(days=1)
        if day.weekday() >= 5:
            continue
        for pool in POOLS:
            full = replace(pool, most_taken=1.0)
            for resource in resources[pool.kind]:
                some = list(blocks_booked(random, full, day, HOURS, LOAD))[:left]
                found[resource] += some
                left -= len(some)
    return found


def _write(site: Site, resource: Resource, busy: list[Busy]) -> None:
    visit_type = an_integration()
    # A unit serves one patient after another; nobody is in two places at once.
    courses = [
        a_course(a_patient(f"Patient {unit} of {resource.name}"))
        for unit in range(resource.capacity)
    ]
    for begin in range(0, len(busy), BATCH):
        some = busy[begin : begin + BATCH]
        sessions = Session.objects.bulk_create(
            Session(
                course=courses[claim.unit],
                visit_type=visit_type,
                label="Visit",
                position=0,
            )
            for claim in some
        )
        appointments = Appointment.objects.bulk_create(
            Appointment(
                session=session,
                patient=session.course.patient,
                site=site,
                starts_at=claim.starts_at,
                ends_at=claim.ends_at,
                status="booked",
                revised_at=NOW,
                created_at=NOW,
            )
            for session, claim in zip(sessions, some, strict=True)
        )
        Claim.objects.bulk_create(
            Claim(
                appointment=appointment,
                resource=resource,
                unit=claim.unit,
                party=resource.kind,
                starts_at=claim.starts_at,
                ends_at=claim.ends_at,
            )
            for appointment, claim in zip(appointments, some, strict=True)
        )
