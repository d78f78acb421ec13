"""Statements that would make sites, resources, their times or calendars false."""

from datetime import date, timedelta

from scheduler.models import CalendarFeed, Closure, Resource, WorkingHours
from tests.builders import (
    NOW,
    a_chair,
    a_clinician,
    a_room,
    a_site,
    a_therapist,
    at,
)
from tests.raw_sql import Statement, insert, insert_like, update

# --- sites and resources -------------------------------------------------------


def a_second_site_of_that_code() -> Statement:
    return insert_like(a_site(), name="Another")


def a_site_given_the_code_of_another() -> Statement:
    return update(a_site(), code=a_site().code)


def a_grid_that_drifts_through_the_hour() -> Statement:
    return update(a_site(), grid_minutes=25)


def a_site_that_takes_a_day_to_reach() -> Statement:
    return update(a_site(), travel_minutes=601)


def a_second_resource_of_that_name() -> Statement:
    return insert_like(a_chair(a_site()), kind="room")


def a_resource_given_the_name_of_another() -> Statement:
    chair = a_chair(a_site())
    return update(a_room(chair.site), name=chair.name)


def a_resource_without_units() -> Statement:
    return update(a_chair(a_site()), capacity=0)


def a_chair_that_is_a_clinician() -> Statement:
    return update(a_chair(a_site()), clinician_id=a_clinician().pk)


def a_second_resource_of_one_clinician() -> Statement:
    return insert_like(a_therapist(a_site()), name="Again")


def a_resource_given_the_clinician_of_another() -> Statement:
    therapist: Resource = a_therapist(a_site())
    return update(a_therapist(a_site()), clinician_id=therapist.clinician_id)


# --- hours and closures --------------------------------------------------------


def _some_hours() -> WorkingHours:
    hours = WorkingHours.objects.filter(resource=a_chair(a_site())).first()
    assert hours
    return hours


def hours_that_close_when_they_open() -> Statement:
    hours = _some_hours()
    return update(hours, closes=hours.opens)


def hours_whose_last_day_is_before_their_first() -> Statement:
    return update(
        _some_hours(), valid_from=date(2026, 5, 4), valid_until=date(2026, 5, 3)
    )


def a_closure_that_ends_before_it_starts() -> Statement:
    return insert(
        Closure,
        site_id=a_site().pk,
        starts_at=at(12),
        ends_at=at(11),
        reason="Fire drill",
    )


def a_closure_of_nothing() -> Statement:
    return insert(Closure, starts_at=at(11), ends_at=at(12), reason="Fire drill")


def a_closure_of_a_resource_and_a_site() -> Statement:
    chair = a_chair(a_site())
    return insert(
        Closure,
        resource_id=chair.pk,
        site_id=chair.site_id,
        starts_at=at(11),
        ends_at=at(12),
        reason="Fire drill",
    )


# --- calendar feeds ------------------------------------------------------------


def _a_feed(**about: object) -> CalendarFeed:
    return CalendarFeed.objects.create(
        **{
            "clinician": a_clinician(),
            "token_hash": "a" * 64,
            "created_at": NOW,
            **about,
        }
    )


def a_second_open_feed_of_the_clinician() -> Statement:
    return insert_like(_a_feed(), token_hash="b" * 64)


def a_revoked_feed_opened_beside_another() -> Statement:
    feed = _a_feed(revoked_at=NOW)
    _a_feed(clinician=feed.clinician, token_hash="b" * 64)
    return update(feed, revoked_at=None)


def a_second_feed_at_that_address() -> Statement:
    return insert_like(_a_feed(), clinician_id=a_clinician("Dr. Roe").pk)


def a_feed_given_the_address_of_another() -> Statement:
    first = _a_feed()
    other = _a_feed(clinician=a_clinician("Dr. Roe"), token_hash="b" * 64)
    return update(other, token_hash=first.token_hash)


def a_feed_revoked_before_it_was_made() -> Statement:
    return update(_a_feed(), revoked_at=NOW - timedelta(seconds=1))


BREACHES = {
    "site_has_its_own_code": (
        a_second_site_of_that_code,
        a_site_given_the_code_of_another,
    ),
    "site_grid_divides_the_hour": (a_grid_that_drifts_through_the_hour,),
    "site_is_reached_within_ten_hours": (a_site_that_takes_a_day_to_reach,),
    "resource_name_is_unique_at_its_site": (
        a_second_resource_of_that_name,
        a_resource_given_the_name_of_another,
    ),
    "resource_has_at_least_one_unit": (a_resource_without_units,),
    "only_a_person_is_a_clinician": (a_chair_that_is_a_clinician,),
    "clinician_is_one_resource": (
        a_second_resource_of_one_clinician,
        a_resource_given_the_clinician_of_another,
    ),
    "hours_close_after_they_open": (hours_that_close_when_they_open,),
    "hours_end_after_they_begin_to_hold": (hours_whose_last_day_is_before_their_first,),
    "closure_ends_after_it_starts": (a_closure_that_ends_before_it_starts,),
    "closure_is_of_a_resource_or_a_site": (
        a_closure_of_nothing,
        a_closure_of_a_resource_and_a_site,
    ),
    "clinician_has_one_open_feed": (
        a_second_open_feed_of_the_clinician,
        a_revoked_feed_opened_beside_another,
    ),
    "feed_has_its_own_address": (
        a_second_feed_at_that_address,
        a_feed_given_the_address_of_another,
    ),
    "feed_is_revoked_after_it_was_made": (a_feed_revoked_before_it_was_made,),
}
