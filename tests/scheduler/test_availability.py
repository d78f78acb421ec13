"""Free starts are computed from hours, closures, claims, credentials and clocks."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from courses.models import Credential, VisitType
from scheduler.availability import Slot, free_starts, read_calendars, visit_of
from scheduler.models import Closure, Resource, Site
from scheduler.planning.calendar import Fit
from scheduler.planning.fitting import fit_visit
from tests.builders import (
    NOW,
    TODAY,
    a_capability,
    a_clinic,
    a_course,
    a_patient,
    a_person,
    a_room,
    a_session,
    a_site,
    a_therapist,
    an_appointment,
    an_infusion,
    an_integration,
    at,
    working_hours,
)

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


def clock_times(slots: Iterable[Slot], site: Site) -> list[str]:
    return [f"{slot.starts_at.astimezone(site.zone):%H:%M}" for slot in slots]


def integration_starts(site: Site, on: date = TOMORROW, **more: Any) -> list[str]:
    slots = free_starts(
        visit_type=an_integration(),
        site=site,
        from_on=on,
        until_on=on,
        **{"now": NOW, **more},
    )
    return clock_times(slots, site)


def test_starts_lie_on_the_grid_inside_working_hours() -> None:
    site = a_site()
    a_room(site)
    a_therapist(site)

    starts = integration_starts(site)

    assert starts[:3] == ["08:00", "08:15", "08:30"]
    assert starts[-1] == "17:00"


def test_a_live_claim_takes_its_minutes_and_a_cancelled_one_gives_them_back() -> None:
    site = a_site()
    room = a_room(site)
    therapist = a_therapist(site)
    an_appointment(
        site=site, starts_at=at(10, day=1), minutes=60, claims=[(therapist, 0)]
    )
    an_appointment(
        a_session(a_course(a_patient("Bo"))),
        site=site,
        starts_at=at(13, day=1),
        minutes=60,
        status="cancelled",
        claims=[(room, 0)],
    )

    starts = integration_starts(site)

    assert "09:00" in starts
    assert not {"09:15", "10:00", "10:45"} & set(starts)
    assert {"11:00", "13:00"} <= set(starts)


def test_an_infusion_claims_each_resource_for_its_own_minutes() -> None:
    clinic = a_clinic(chairs=1)

    slot = free_starts(
        visit_type=an_infusion(),
        site=clinic.site,
        from_on=TOMORROW,
        until_on=TOMORROW,
        now=NOW,
    )[0]

    assert slot.ends_at - slot.starts_at == timedelta(minutes=130)
    minutes = {
        (
            claim.party,
            claim.unit,
            (claim.starts_at - slot.starts_at) // timedelta(minutes=1),
            (claim.ends_at - slot.starts_at) // timedelta(minutes=1),
        )
        for claim in slot.fit.claims
    }
    assert ("chair", 0, 0, 150) in minutes
    assert {unit for party, unit, begin, _ in minutes if party == "nurse"} == {0, 1}
    assert len([1 for party, *_ in minutes if party == "prescriber"]) == 2


def test_a_closure_of_the_site_or_of_one_resource_leaves_no_start() -> None:
    site = a_site()
    a_room(site)
    therapist = a_therapist(site)
    Closure.objects.create(
        resource=therapist, starts_at=at(8, day=1), ends_at=at(12, day=1), reason="ill"
    )
    Closure.objects.create(
        site=site, starts_at=at(14, day=1), ends_at=at(23, day=1), reason="works"
    )

    assert integration_starts(site) == ["12:00", "12:15", "12:30", "12:45", "13:00"]


def test_a_credential_counts_on_its_days_only() -> None:
    site = a_site()
    a_room(site)
    therapist = a_therapist(site)
    Credential.objects.filter(clinician=therapist.clinician).update(
        valid_until=TOMORROW
    )

    assert integration_starts(site, TOMORROW)
    assert integration_starts(site, TOMORROW + timedelta(days=1)) == []


def test_a_person_works_at_two_sites_and_is_in_one_place_at_a_time() -> None:
    home, away = a_site("Home"), a_site("Away")
    therapist = a_person(home, can=("kap-therapist",), is_open=False)
    working_hours(therapist, site=home, closes=time(12))
    working_hours(therapist, site=away, opens=time(11))
    a_room(home)
    a_room(away)
    an_appointment(
        site=home, starts_at=at(11, day=1), minutes=60, claims=[(therapist, 0)]
    )

    assert integration_starts(home)[-1] == "10:00"
    assert integration_starts(away)[0] == "12:00"


def test_the_patients_other_appointments_block() -> None:
    site, patient = a_site(), a_patient()
    a_room(site)
    a_therapist(site)
    appointment = an_appointment(
        a_session(a_course(patient)), site=site, starts_at=at(8, day=1), minutes=480
    )

    assert integration_starts(site, patient=patient)[0] == "16:00"
    kept = integration_starts(
        site, patient=patient, ignoring_appointments=[appointment.pk]
    )
    assert kept[0] == "08:00"


def test_starts_before_now_are_not_offered() -> None:
    site = a_site()
    a_room(site)
    a_therapist(site)

    assert integration_starts(site, TODAY, now=at(9, 50))[0] == "10:00"


def test_a_fixed_therapist_is_the_only_one_asked() -> None:
    site = a_site()
    a_room(site)
    a_room(site)
    a_therapist(site)
    chosen = a_person(site, can=("kap-therapist",), is_open=False)
    working_hours(chosen, opens=time(15), closes=time(17))

    starts = integration_starts(site, fixed={"therapist": chosen.pk})

    assert starts == ["15:00", "15:15", "15:30", "15:45", "16:00"]


@pytest.mark.parametrize(
    ("on", "elapsed_hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)]
)
def test_a_day_of_a_clock_change_has_its_own_length(
    on: date, elapsed_hours: int
) -> None:
    site = a_site()
    room = Resource.objects.create(kind="room", name="Night room", site=site)
    room.capabilities.add(a_capability("therapy-room"))
    working_hours(room, weekdays=[6], opens=time(0), closes=time(23, 45))
    therapist = a_person(site, can=("kap-therapist",), is_open=False)
    working_hours(therapist, weekdays=[6], opens=time(0), closes=time(23, 45))

    slots = free_starts(
        visit_type=an_integration(),
        site=site,
        from_on=on,
        until_on=on,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )

    # The last visit of an hour begins an hour and a quarter before midnight.
    assert len(slots) == (elapsed_hours * 60 - 75) // 15 + 1
    assert clock_times(slots, site)[-1] == "22:45"
    assert "09:00" in clock_times(slots, site)


def test_hours_that_begin_in_the_skipped_hour_begin_when_the_clock_jumps() -> None:
    site = a_site()
    room = a_room(site)
    therapist = a_person(site, can=("kap-therapist",), is_open=False)
    working_hours(room, weekdays=[6], opens=time(0), closes=time(12))
    working_hours(therapist, weekdays=[6], opens=time(2, 30), closes=time(12))

    starts = integration_starts(
        site, date(2026, 3, 8), now=datetime(2026, 1, 1, tzinfo=UTC)
    )

    assert starts[0] == "03:00"


def test_every_slot_offered_is_a_slot_that_fits() -> None:
    clinic = a_clinic()
    visit = visit_of(an_infusion())
    slots = free_starts(
        visit_type=an_infusion(),
        site=clinic.site,
        from_on=TOMORROW,
        until_on=TOMORROW,
        now=NOW,
    )
    calendars = read_calendars(
        site=clinic.site, from_at=at(0, day=1), until_at=at(24, day=1)
    )

    offered = {slot.starts_at for slot in slots}
    for quarter in range(96):
        starts_at = at(0, day=1) + timedelta(minutes=15 * quarter)
        fit = fit_visit(
            visit=visit,
            starts_at=starts_at,
            zone=clinic.site.zone,
            calendars=calendars,
            fixed={},
        )
        assert isinstance(fit, Fit) == (starts_at in offered)


def test_a_visit_that_needs_nobody_is_free_whenever_the_patient_is() -> None:
    site = a_site()
    call = VisitType.objects.create(
        code="self-check", name="Self check", kind="measure", source="test"
    )
    call.phases.create(position=0, name="call", minutes=15)

    slots = free_starts(
        visit_type=call, site=site, from_on=TOMORROW, until_on=TOMORROW, now=NOW
    )

    assert len(slots) == 96


def test_free_starts_take_three_queries_however_much_there_is(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    clinic = a_clinic(chairs=4, nurses=3, rooms=2)
    for day in range(1, 5):
        an_appointment(
            a_session(a_course(a_patient(f"Patient {day}"))),
            site=clinic.site,
            starts_at=at(9, day=day),
            claims=[(clinic.chairs[0], 0)],
        )
    visit_type, patient = an_infusion(), a_patient("Cy")

    with django_assert_num_queries(3):
        free_starts(
            visit_type=visit_type,
            site=clinic.site,
            from_on=TODAY,
            until_on=TODAY + timedelta(days=30),
            patient=patient,
            now=NOW,
        )
