"""Closing a resource or a site: refused over visits, unless it must be."""

from datetime import datetime

import pytest

from scheduler.actions.close_time import close_time
from scheduler.errors import (
    ClosureEndsBeforeItStarts,
    ClosureHitsAppointments,
    ClosureOfNothing,
    NotFree,
)
from scheduler.models import Closure, Resource, Site
from tests.builders import DESK, NOW, Clinic, a_clinic, a_patient, at
from tests.desk import an_approved_session, book, cancel

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


def _close(
    from_: datetime,
    until: datetime,
    *,
    resource: Resource | None = None,
    site: Site | None = None,
    despite: bool = False,
    now: datetime = NOW,
) -> Closure:
    return close_time(
        resource=resource,
        site=site,
        starts_at=from_,
        ends_at=until,
        reason="Repair",
        despite_appointments=despite,
        actor=DESK,
        now=now,
    )


def test_nothing_is_booked_in_closed_time(clinic: Clinic) -> None:
    _close(at(12, day=1), at(13, day=1), resource=clinic.chairs[0])
    with pytest.raises(NotFree):
        book(an_approved_session(), clinic.site, at(10, day=1))


def test_a_closed_site_closes_everybody_in_it(clinic: Clinic) -> None:
    _close(at(0, day=1), at(24, day=1), site=clinic.site)
    with pytest.raises(NotFree):
        book(an_approved_session(), clinic.site, at(10, day=1))
    other = a_clinic()
    assert book(an_approved_session(a_patient("Ben", "Ito")), other.site, at(9, day=1))


def test_a_closure_over_visits_names_each_of_them(clinic: Clinic) -> None:
    book(an_approved_session(), clinic.site, at(9, day=1))
    book(an_approved_session(a_patient("Ben", "Ito")), clinic.site, at(13, day=1))
    with pytest.raises(ClosureHitsAppointments) as refused:
        _close(at(8, day=1), at(18, day=1), site=clinic.site)
    sentences = [refusal.sentence for refusal in refused.value.refusals]
    assert len(sentences) == 2
    assert "Vega" in sentences[0]
    assert "Ito" in sentences[1]
    assert not Closure.objects.exists()


def test_a_sick_day_closes_despite_visits_which_stay_for_now(clinic: Clinic) -> None:
    booked = book(an_approved_session(), clinic.site, at(9, day=1))
    _close(at(8, day=1), at(18, day=1), resource=clinic.nurses[0], despite=True)
    booked.refresh_from_db()
    assert booked.status == "booked"
    assert Closure.objects.count() == 1


def test_a_cancelled_visit_stands_in_no_closures_way(clinic: Clinic) -> None:
    cancel(book(an_approved_session(), clinic.site, at(9, day=1)))
    assert _close(at(8, day=1), at(18, day=1), site=clinic.site)


def test_closing_a_person_between_two_claims_hits_nobody(clinic: Clinic) -> None:
    # The prescriber is needed at 9:20 for ten minutes and at 11:05 for five.
    book(an_approved_session(), clinic.site, at(9, day=1))
    assert _close(at(9, 30, day=1), at(11, 5, day=1), resource=clinic.prescriber)
    with pytest.raises(ClosureHitsAppointments):
        _close(at(9, 30, day=1), at(11, 6, day=1), resource=clinic.prescriber)


def test_a_closure_up_to_the_minute_a_visit_begins_hits_nobody(clinic: Clinic) -> None:
    book(an_approved_session(), clinic.site, at(9, day=1))
    assert _close(at(8, day=1), at(9, day=1), resource=clinic.chairs[0])
    assert _close(at(11, 30, day=1), at(12, day=1), resource=clinic.chairs[0])


def test_the_chair_is_taken_until_it_is_turned_over(clinic: Clinic) -> None:
    book(an_approved_session(), clinic.site, at(9, day=1))
    with pytest.raises(ClosureHitsAppointments):
        _close(at(11, 29, day=1), at(12, day=1), resource=clinic.chairs[0])


def test_a_closure_ends_after_it_starts(clinic: Clinic) -> None:
    with pytest.raises(ClosureEndsBeforeItStarts):
        _close(at(9, day=1), at(9, day=1), site=clinic.site)


def test_a_closure_is_of_one_thing_or_of_one_site(clinic: Clinic) -> None:
    with pytest.raises(ClosureOfNothing):
        _close(at(9, day=1), at(10, day=1))
    with pytest.raises(ClosureOfNothing):
        _close(
            at(9, day=1),
            at(10, day=1),
            site=clinic.site,
            resource=clinic.chairs[0],
        )
