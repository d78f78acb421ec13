"""Small real rows for tests, with fixed readable defaults.

Rows are written directly, as the past left them; what is under test goes through
actions. The clinic's clocks stand at `NOW`, a Monday morning in New York, with no
clock change for months around it.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.models import Group, User

from courses.actors import Actor
from courses.contact import found_by
from courses.models import (
    Assessment,
    Clinician,
    Course,
    Credential,
    Patient,
    Protocol,
    Session,
    VisitType,
)
from scheduler.models import Appointment, Claim, Resource, Site, WorkingHours
from scheduler.rules import LIVE_STATUSES
from tests.treatments import a_capability as a_capability
from tests.treatments import a_preparation as a_preparation
from tests.treatments import a_protocol as a_protocol
from tests.treatments import a_visit_type as a_visit_type
from tests.treatments import an_assessment_visit as an_assessment_visit
from tests.treatments import an_infusion as an_infusion
from tests.treatments import an_integration as an_integration

NOW = datetime(2026, 5, 4, 13, tzinfo=UTC)
TODAY = date(2026, 5, 4)
DESK = Actor.system("front desk in tests")

_numbers = itertools.count(1)


def at(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    """The instant at that New York wall time, so many days after `TODAY`."""
    return datetime(2026, 5, 4, tzinfo=UTC) + timedelta(
        days=day, hours=hour + 4, minutes=minute
    )


TOMORROW_AT_NINE = at(9, day=1)


def a_user(username: str = "desk", *, role: str = "") -> User:
    """A user who may sign in with the password "secret"; `role` names a group."""
    user = User.objects.create_user(username, password="secret", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def a_patient(
    given_name: str = "Ana",
    family_name: str = "Vega",
    *,
    birth_on: date = date(1988, 2, 29),
    email: str = "ana@mail.example",
    phone: str = "",
    language: str = "en",
) -> Patient:
    patient = Patient(
        given_name=given_name,
        family_name=family_name,
        birth_on=birth_on,
        email=email,
        phone=phone,
        language=language,
        registered_at=NOW,
    )
    patient.search_text = found_by(patient)
    patient.save(force_insert=True)
    return patient


def a_clinician(
    display_name: str = "Dr. Kim",
    *,
    can: Iterable[str] = ("prescriber",),
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
    user: User | None = None,
) -> Clinician:
    clinician = Clinician.objects.create(display_name=display_name, user=user)
    for code in can:
        Credential.objects.create(
            clinician=clinician,
            capability=a_capability(code),
            valid_from=valid_from,
            valid_until=valid_until,
        )
    return clinician


# --- places and things --------------------------------------------------------


def a_site(name: str = "", *, zone: str = "America/New_York") -> Site:
    number = next(_numbers)
    return Site.objects.create(
        code=f"site-{number}",
        name=name or f"Riverside {number}",
        address="12 Main Street, Springfield, NY",
        time_zone=zone,
    )


def working_hours(
    resource: Resource,
    *,
    site: Site | None = None,
    weekdays: Iterable[int] = range(5),
    opens: time = time(8),
    closes: time = time(18),
) -> None:
    """The resource is open on those weekdays, at its own site unless told another."""
    WorkingHours.objects.bulk_create(
        WorkingHours(
            resource=resource,
            site=site or resource.site,
            weekday=weekday,
            opens=opens,
            closes=closes,
        )
        for weekday in weekdays
    )


def a_thing(
    site: Site, *, kind: str, can: str, name: str = "", is_open: bool = True
) -> Resource:
    """A room, chair or device with one unit, open 8 to 18 on weekdays."""
    resource = Resource.objects.create(
        kind=kind, name=name or f"{kind.capitalize()} {next(_numbers)}", site=site
    )
    resource.capabilities.add(a_capability(can))
    if is_open:
        working_hours(resource)
    return resource


def a_chair(site: Site, *, name: str = "") -> Resource:
    return a_thing(site, kind="chair", can="infusion-chair", name=name)


def a_room(site: Site, *, name: str = "") -> Resource:
    return a_thing(site, kind="room", can="therapy-room", name=name)


def a_person(
    site: Site,
    *,
    can: Iterable[str],
    name: str = "",
    capacity: int = 1,
    is_open: bool = True,
) -> Resource:
    """A clinician with lasting credentials, open 8 to 18 on weekdays."""
    name = name or f"Person {next(_numbers)}"
    resource = Resource.objects.create(
        kind="person",
        name=name,
        site=site,
        capacity=capacity,
        clinician=a_clinician(name, can=can),
    )
    if is_open:
        working_hours(resource)
    return resource


def a_nurse(site: Site, *, name: str = "", capacity: int = 2) -> Resource:
    """A nurse with two units: one-to-one claims both."""
    return a_person(site, can=("monitoring-nurse",), name=name, capacity=capacity)


def a_prescriber(site: Site, *, name: str = "") -> Resource:
    return a_person(site, can=("prescriber",), name=name)


def a_therapist(site: Site, *, name: str = "") -> Resource:
    return a_person(site, can=("kap-therapist",), name=name)


# --- courses ------------------------------------------------------------------


def a_course(
    patient: Patient | None = None,
    *,
    status: str = "eligible",
    protocol: Protocol | None = None,
    therapist: Clinician | None = None,
) -> Course:
    has_ended = status in ("completed", "stopped_early", "not_eligible")
    return Course.objects.create(
        patient=patient or a_patient(),
        status=status,
        protocol=protocol,
        therapist=therapist,
        opened_at=NOW,
        ended_at=NOW if has_ended else None,
    )


def a_session(
    course: Course | None = None, visit_type: VisitType | None = None
) -> Session:
    """An open session of an infusion, unless told another visit type."""
    course = course or a_course()
    visit_type = visit_type or an_infusion()
    return Session.objects.create(
        course=course,
        visit_type=visit_type,
        label=visit_type.name,
        position=course.sessions.count(),
    )


def an_eligible_assessment(
    course: Course,
    *,
    assessed_on: date = TODAY,
    valid_until: date = date(2026, 12, 31),
) -> Assessment:
    return Assessment.objects.create(
        course=course,
        assessed_on=assessed_on,
        recorded_at=NOW,
        decision="eligible",
        decided_by=a_clinician("Dr. Decider"),
        decided_at=NOW,
        valid_until=valid_until,
    )


# --- the calendar -------------------------------------------------------------


def an_appointment(
    session: Session | None = None,
    *,
    site: Site | None = None,
    starts_at: datetime = TOMORROW_AT_NINE,
    minutes: int = 130,
    status: str = "booked",
    claims: Iterable[tuple[Resource, int]] = (),
) -> Appointment:
    """An appointment as it stands in the table; `claims` are (resource, unit)."""
    session = session or a_session()
    ends_at = starts_at + timedelta(minutes=minutes)
    appointment = Appointment.objects.create(
        session=session,
        patient=session.course.patient,
        site=site or a_site(),
        starts_at=starts_at,
        ends_at=ends_at,
        status=status,
        hold_expires_at=NOW + timedelta(days=2) if status == "held" else None,
        revised_at=NOW,
        created_at=NOW,
    )
    for resource, unit in claims:
        Claim.objects.create(
            appointment=appointment,
            resource=resource,
            unit=unit,
            party=resource.kind,
            starts_at=starts_at,
            ends_at=ends_at,
            is_live=status in LIVE_STATUSES,
        )
    return appointment


@dataclass(frozen=True)
class Clinic:
    """A site that can serve a whole course, and its people and things."""

    site: Site
    chairs: tuple[Resource, ...]
    rooms: tuple[Resource, ...]
    nurses: tuple[Resource, ...]
    prescriber: Resource
    therapist: Resource


def a_clinic(
    *, chairs: int = 2, rooms: int = 1, nurses: int = 1, zone: str = "America/New_York"
) -> Clinic:
    site = a_site(zone=zone)
    return Clinic(
        site=site,
        chairs=tuple(a_chair(site) for _ in range(chairs)),
        rooms=tuple(a_room(site) for _ in range(rooms)),
        nurses=tuple(a_nurse(site) for _ in range(nurses)),
        prescriber=a_prescriber(site),
        therapist=a_therapist(site),
    )
