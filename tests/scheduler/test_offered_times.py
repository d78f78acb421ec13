"""A time that is offered can be taken as it is, by one click."""

from collections.abc import Iterable
from datetime import date, time, timedelta
from uuid import UUID

import pytest

from courses.actions.choose_protocol import choose_protocol
from courses.models import Course, Session
from scheduler.errors import NotFree
from scheduler.models import Appointment, Closure
from scheduler.offers import Offer, next_offers
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_course,
    a_protocol,
    a_session,
    a_therapist,
    a_visit_type,
    an_eligible_assessment,
    an_infusion,
    at,
    working_hours,
)
from tests.desk import an_approved_session, book, cancel, hold, move
from tests.staff_pages import FRONT_DESK, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def _course(clinic: Clinic) -> Course:
    """A course whose first dose is on Tuesday, May 5."""
    course = a_course(therapist=clinic.therapist.clinician)
    an_eligible_assessment(course)
    choose_protocol(course=course, protocol=a_protocol(doses=2), actor=DESK, now=NOW)
    book(_session(course, "D1"), clinic.site, at(9, day=1))
    return course


def _session(course: Course, code: str) -> Session:
    return course.sessions.get(step__code=code)


def _offers(
    session: Session,
    clinic: Clinic,
    *,
    ignoring: Iterable[UUID] = (),
    is_hold: bool = False,
) -> list[Offer]:
    return next_offers(
        session=session,
        site=clinic.site,
        from_on=TODAY,
        ignoring_appointments=set(ignoring),
        is_hold=is_hold,
        now=NOW,
    )


def _days(offers: list[Offer]) -> set[date]:
    return {offer.local.date() for offer in offers}


def _rating(course: Course) -> Session:
    """A visit with somebody who may do it, but isn't the course's therapist."""
    kind = a_visit_type(
        "rating",
        kind="measure",
        phases=[("Interview", 60, True)],
        needs=[("rater", "kap-therapist", 0, 60, 1)],
    )
    kind.needs.update(continuity="other")
    return a_session(course, kind)


def test_a_time_at_which_only_the_therapist_could_rate_is_never_offered() -> None:
    clinic = a_clinic()
    rater = a_therapist(clinic.site)
    rater.working_hours.all().delete()
    working_hours(rater, opens=time(14), closes=time(17))
    rating = _rating(_course(clinic))
    offers = _offers(rating, clinic)
    assert offers
    assert all(14 <= offer.local.hour < 17 for offer in offers)
    booked = book(rating, clinic.site, offers[0].local)
    assert booked.claims.get().resource == rater


def test_without_anybody_else_no_rating_is_offered_booked_or_moved() -> None:
    clinic = a_clinic()
    rater = a_therapist(clinic.site)
    rating = _rating(_course(clinic))
    booked = book(rating, clinic.site, at(9, day=2))
    rater.working_hours.all().delete()
    working_hours(rater, weekdays=[2], opens=time(9), closes=time(10))
    with pytest.raises(NotFree):
        move(booked, at(11, day=2))
    with pytest.raises(NotFree, match="is the course's therapist"):
        move(booked, at(11, day=2), chosen={"rater": clinic.therapist.pk})
    cancel(booked)
    assert {offer.local.hour for offer in _offers(rating, clinic)} == {9}
    with pytest.raises(NotFree):
        book(rating, clinic.site, at(11, day=2))


def test_times_are_offered_only_when_the_courses_own_therapist_works() -> None:
    clinic = a_clinic()
    a_therapist(clinic.site)
    clinic.therapist.working_hours.all().delete()
    working_hours(clinic.therapist, opens=time(14), closes=time(17))
    therapy = _session(_course(clinic), "INT1")
    offers = _offers(therapy, clinic)
    assert offers
    for offer in offers:
        booked = book(therapy, clinic.site, offer.local)
        assert booked.claims.filter(resource=clinic.therapist).exists()
        Appointment.objects.filter(pk=booked.pk).update(
            status="cancelled", sequence=1, revision=1
        )


def test_times_outside_a_soft_window_are_not_offered_beside_times_inside_it() -> None:
    clinic = a_clinic()
    offers = _offers(_session(_course(clinic), "INT1"), clinic)
    # One to three days after the dose on May 5.
    assert _days(offers) == {TODAY + timedelta(days=days) for days in (2, 3, 4)}
    assert not any(offer.is_outside for offer in offers)


def test_where_nothing_inside_is_free_times_outside_are_offered_and_marked() -> None:
    clinic = a_clinic()
    course = _course(clinic)
    Closure.objects.create(
        resource=clinic.therapist,
        starts_at=NOW,
        ends_at=at(0, day=7),
        reason="Training",
    )
    therapy = _session(course, "INT1")
    offers = _offers(therapy, clinic)
    assert offers
    assert all(offer.is_outside for offer in offers)
    page = a_client(FRONT_DESK).get(f"/sessions/{therapy.pk}/place/")
    assert "all of them lie outside it" in text_of(page)
    assert text_of(page).count("outside its window") == len(offers)


def test_a_dose_is_offered_only_on_days_for_which_an_assessment_serves() -> None:
    clinic = a_clinic()
    course = a_course()
    an_eligible_assessment(course, valid_until=TODAY + timedelta(days=1))
    dose = a_session(course, an_infusion())
    assert _days(_offers(dose, clinic)) == {TODAY, TODAY + timedelta(days=1)}
    assert len(_days(_offers(dose, clinic, is_hold=True))) > 2


def test_where_no_rule_of_the_course_can_be_kept_the_page_says_what_would_help() -> (
    None
):
    clinic = a_clinic()
    course = _course(clinic)
    dose, later = _session(course, "D2"), _session(course, "INT2")
    book(later, clinic.site, at(8, day=1))
    page = text_of(a_client(FRONT_DESK).get(f"/sessions/{dose.pk}/place/"))
    assert "free at this site and keeps the" in page


def test_without_an_assessment_one_click_holds_the_offered_time() -> None:
    clinic = a_clinic()
    dose = a_session()
    client = a_client(FRONT_DESK)
    address = f"/sessions/{dose.pk}/place/"
    page = client.get(address)
    assert "One click holds the time for 7 days" in text_of(page)
    assert 'name="hold_days" value="7"' in page.content.decode()
    offer = _offers(dose, clinic, is_hold=True)[0]
    form = {"site": clinic.site.pk, "on": offer.local.date(), "at": offer.local.time()}
    client.post(address, {**form, "hold_days": 7})
    assert Appointment.objects.get().status == "held"


@pytest.mark.parametrize("place", [book, hold])
def test_moving_does_not_offer_the_present_time(place: object) -> None:
    clinic = a_clinic()
    placing = book if place is book else hold
    visit = placing(an_approved_session(), clinic.site, at(9, day=1))
    page = a_client(FRONT_DESK).get(f"/appointments/{visit.pk}/move/")
    offered = page.content.decode().split("Free times near its day")[1]
    assert 'value="2026-05-05"' in offered
    assert (
        'name="on" value="2026-05-05"><input type="hidden" name="at" value="09:00"'
        not in offered
    )


def test_a_move_to_the_present_time_says_that_nothing_was_changed() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    answer = a_client(FRONT_DESK).post(
        f"/appointments/{visit.pk}/move/",
        {
            "site": clinic.site.pk,
            "on": TODAY + timedelta(days=1),
            "at": "09:00",
            "revision": visit.revision,
        },
    )
    assert said(answer) == ["The visit is there already. Nothing was changed."]
    visit.refresh_from_db()
    assert visit.revision == 0


def test_a_moved_visit_may_go_back_to_where_it_was() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(9, day=1))
    moved = move(visit, at(13, day=1))
    offers = _offers(moved.session, clinic, ignoring={moved.pk})
    assert (TODAY + timedelta(days=1)) in _days(offers)


def test_moving_offers_no_time_close_to_the_present_one() -> None:
    clinic = a_clinic()
    visit = book(an_approved_session(), clinic.site, at(11, day=1))
    offers = next_offers(
        session=visit.session,
        site=clinic.site,
        from_on=TODAY,
        ignoring_appointments={visit.pk},
        except_at=visit.starts_at,
        now=NOW,
    )
    that_day = [o.local for o in offers if o.local.date() == at(11, day=1).date()]
    assert that_day
    assert min(abs(local - at(11, day=1)) for local in that_day) >= timedelta(hours=2)
