"""A sick day hits many patients: new times for all of them, some or all accepted."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from courses.models import Capability, Course
from scheduler.actions.accept_new_times import Outcome, accept_new_times
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.propose_times import (
    find_proposal,
    improve_proposal,
    propose_times,
)
from scheduler.models import Appointment, AppointmentEvent, Closure, Proposal
from scheduler.planning.crowd import claims_of
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import Demand, Plan, Preferences
from scheduler.repairs.asking import Newcomers
from scheduler.repairs.reading import Crowd, read_running, read_trouble
from scheduler.repairs.searching import Search, begin, resume
from scheduler.repairs.troubles import Trouble
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_course,
    a_patient,
    a_protocol,
    an_eligible_assessment,
    an_integration,
    at,
)
from tests.desk import an_approved_session, book
from tests.disruptions import (
    DAY,
    a_busy_clinic,
    away,
    away_on_the_day_of,
    live,
    looked_for,
    serving,
    times,
)
from tests.racing import double_claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy() -> tuple[Clinic, list[Course]]:
    return a_busy_clinic()


def accepted(search: Search, chosen: set[str] | None = None) -> tuple[Outcome, ...]:
    return accept_new_times(
        crowd=search.crowd,
        plans=search.found.plans,
        chosen=set(search.found.plans) if chosen is None else chosen,
        actor=DESK,
        now=NOW,
    )


def hit_by(closure: Closure) -> list[Appointment]:
    return Trouble.of_closure(closure, closure.at_site).hits(NOW)


def test_everybody_who_is_hit_gets_a_new_time_or_other_people(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    closure = away_on_the_day_of(clinic.therapist, live(courses[0], "INT1"))
    assert hit_by(closure)

    outcomes = accepted(looked_for(closure, clinic.site))

    assert outcomes
    assert all(outcome.is_done for outcome in outcomes)
    assert hit_by(closure) == []
    assert double_claims() == 0


def test_a_visit_that_others_can_serve_keeps_its_time() -> None:
    clinic, courses = a_busy_clinic(courses=1)
    before = times(courses[0])
    dose = live(courses[0], "D1")
    nurse = next(nurse for nurse in clinic.nurses if nurse.name in serving(dose))
    closure = away_on_the_day_of(nurse, dose)

    accepted(looked_for(closure, clinic.site))

    assert times(courses[0])["D1"] == before["D1"]
    assert nurse.name not in serving(live(courses[0], "D1"))
    event = AppointmentEvent.objects.filter(appointment=dose).latest("id")
    assert event.kind == AppointmentEvent.Kind.RESTAFFED


def test_only_what_is_accepted_moves(busy: tuple[Clinic, list[Course]]) -> None:
    clinic, courses = busy
    dose = live(courses[0], "D1")
    nurse = next(nurse for nurse in clinic.nurses if nurse.name in serving(dose))
    closure = away_on_the_day_of(nurse, dose)
    search = looked_for(closure, clinic.site)
    key = str(courses[0].pk)
    others = {course.pk: times(course) for course in courses[1:]}

    (outcome,) = accepted(search, {key})

    assert outcome.is_done
    assert {course.pk: times(course) for course in courses[1:]} == others
    assert accepted(search, set()) == ()


def test_what_changed_meanwhile_is_refused_and_the_others_move_all_the_same(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    begins = min(times(courses[0]).values()) - timedelta(hours=2)
    closure = away(clinic.therapist, begins, begins + 6 * DAY)
    search = looked_for(closure, clinic.site)
    assert len(search.found.plans) > 1
    key = next(iter(search.found.plans))
    gone = live(search.crowd.by_key[key].course, "D2")
    cancel_appointment(
        appointment=gone, revision=gone.revision, reason="Ill", actor=DESK, now=NOW
    )

    outcomes = {str(each.course.pk): each for each in accepted(search)}

    assert not outcomes[key].is_done
    assert "D2" in outcomes[key].refusals[0].sentence
    assert any(each.is_done for each in outcomes.values())
    assert double_claims() == 0


def test_a_visit_that_has_begun_is_named_and_left_alone(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    dose = live(courses[0], "D1")
    nurse = next(nurse for nurse in clinic.nurses if nurse.name in serving(dose))
    closure = away_on_the_day_of(nurse, dose)
    arrived_at = dose.starts_at - timedelta(minutes=5)
    check_in_appointment(
        appointment=dose, revision=dose.revision, actor=DESK, now=arrived_at
    )

    crowd = read_trouble(Trouble.of_closure(closure, clinic.site), now=arrived_at)

    assert dose in crowd.stuck
    assert all(dose.session_id != key for m in crowd.members for key in m.moving)


def test_a_lost_credential_moves_only_what_needs_it(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    nurse = clinic.nurses[0]
    first = min(
        a.starts_at
        for course in courses
        for a in [live(course, "D1"), live(course, "D2")]
    )
    lost = Trouble(
        site=clinic.site,
        starts_at=first - timedelta(hours=9),
        ends_at=first + 300 * DAY,
        resource=nurse,
        capability=Capability.objects.get(code="monitoring-nurse"),
    )
    unneeded = replace(lost, capability=Capability.objects.get(code="prescriber"))
    assert lost.hits(NOW)
    assert unneeded.hits(NOW) == []

    search = begin(lost, actor=DESK, now=NOW)

    for plan_of in search.found.plans.values():
        assert all(claim.resource_id != nurse.pk for claim in claims_of(plan_of))
    assert search.found.plans


def test_booked_doses_stay_within_the_assessment(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    last = live(courses[0], "D2").starts_at
    courses[0].assessments.update(valid_until=last.date())
    closure = away(clinic.prescriber, last - timedelta(hours=9), last + 2 * DAY)

    search = looked_for(closure, clinic.site)

    found = search.found.plans.get(str(courses[0].pk))
    doses = [] if found is None else [s for s in found.sessions if s.label == "D2"]
    assert all(dose.starts_at.date() <= last.date() for dose in doses)
    assert [o.refusals for o in accepted(search) if not o.is_done] == []


def test_courses_that_change_places_go_together_or_not_at_all() -> None:
    clinic = a_clinic()
    visits = [
        book(an_approved_session(a_patient(name), an_integration()), clinic.site, at_)
        for name, at_ in (("Ana", at(9, day=1)), ("Ben", at(11, day=1)))
    ]
    keys = [str(visit.session.course_id) for visit in visits]
    crowd = read_running(
        [visit.session.course_id for visit in visits],
        site=clinic.site,
        fills=(),
        now=NOW,
    )
    swapped = {
        key: _as_if_at(crowd, key, other.starts_at)
        for key, other in zip(keys, reversed(visits), strict=True)
    }

    def accept(*chosen: str) -> tuple[Outcome, ...]:
        return accept_new_times(
            crowd=crowd,
            plans=swapped,
            chosen=set(chosen),
            actor=DESK,
            now=NOW,
        )

    (refused,) = accept(keys[0])
    assert "Ben" in refused.refusals[0].sentence
    assert [each.is_done for each in accept(*keys)] == [True, True]
    for visit, other in zip(visits, reversed(visits), strict=True):
        was = other.starts_at
        assert Appointment.objects.get(pk=visit.pk).starts_at == was
    assert double_claims() == 0


def _as_if_at(crowd: Crowd, key: str, starts_at: datetime) -> Plan:
    """The plan of a course with one visit that keeps its people at another time."""
    problem = crowd.by_key[key].to_plan.problem
    (session_key,) = problem.told
    demanded = replace(
        problem,
        calendars=crowd.calendars,
        demands={session_key: Demand(starts_at=starts_at)},
    )
    answer = find_plan(demanded)
    assert isinstance(answer, Plan)
    return answer


def test_reading_asks_as_many_queries_for_one_course_as_for_four(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    clinic, courses = a_busy_clinic(courses=4)
    ids = [course.pk for course in courses]
    with django_assert_max_num_queries(15) as few:
        read_running(ids[:1], site=clinic.site, fills=(), now=NOW)
    with django_assert_max_num_queries(15) as many:
        read_running(ids, site=clinic.site, fills=(), now=NOW)
    assert len(few.captured_queries) == len(many.captured_queries)


def test_a_proposal_is_kept_and_goes_on_where_it_was_left(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    begins = min(times(courses[0]).values()) - timedelta(hours=2)
    closure = away(clinic.therapist, begins, begins + 6 * DAY)
    question = Trouble.of_closure(closure, clinic.site)
    kept = propose_times(question=question, closure=closure, actor=DESK, now=NOW)
    first = resume(find_proposal(kept.pk), actor=DESK, now=NOW)

    better, search = improve_proposal(
        proposal=find_proposal(kept.pk), seconds=0.2, actor=DESK, now=NOW
    )
    again = resume(better, actor=DESK, now=NOW)

    assert search.found.total <= first.found.total
    assert again.found.total == search.found.total
    assert again.found.plans.keys() == search.found.plans.keys()
    assert again.repair.known_alone().keys() == search.repair.known_alone().keys()


def test_a_proposal_that_is_no_longer_possible_is_looked_for_again(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    begins = min(times(courses[0]).values()) - timedelta(hours=2)
    closure = away(clinic.therapist, begins, begins + 3 * DAY)
    question = Trouble.of_closure(closure, clinic.site)
    kept = propose_times(question=question, closure=closure, actor=DESK, now=NOW)
    before = resume(find_proposal(kept.pk), actor=DESK, now=NOW).found
    moved = [
        claim.starts_at
        for plan_of in before.plans.values()
        for claim in claims_of(plan_of)
        if claim.resource_id == clinic.therapist.pk
    ]
    away(clinic.therapist, min(moved), max(moved) + DAY)

    after = resume(find_proposal(kept.pk), actor=DESK, now=NOW)

    assert after.is_stale
    for plan_of in after.found.plans.values():
        for claim in claims_of(plan_of):
            is_away = claim.resource_id == clinic.therapist.pk
            assert not (is_away and min(moved) <= claim.starts_at <= max(moved))


def test_a_proposal_that_nobody_accepted_is_forgotten_after_a_day(
    busy: tuple[Clinic, list[Course]],
) -> None:
    clinic, courses = busy
    closure = away_on_the_day_of(clinic.therapist, live(courses[0], "INT1"))
    question = Trouble.of_closure(closure, clinic.site)
    old = propose_times(question=question, actor=DESK, now=NOW)
    new = propose_times(question=question, actor=DESK, now=NOW + 2 * DAY)
    assert set(Proposal.objects.all()) == {new}
    assert old != new


def test_courses_without_a_plan_are_planned_together_and_booked() -> None:
    clinic = a_clinic(rooms=2, nurses=2)
    protocol = a_protocol(doses=2)
    courses = []
    for number in range(3):
        course = a_course(a_patient(f"New{number}"))
        an_eligible_assessment(course)
        courses.append(course)
    question = Newcomers(
        site=clinic.site,
        course_ids=tuple(course.pk for course in courses),
        protocol=protocol,
        preferences=Preferences(start_on=TODAY + DAY),
    )

    search = begin(question, actor=DESK, now=NOW)
    assert not Course.objects.exclude(protocol=None).exists()
    outcomes = accept_new_times(
        newcomers=question,
        crowd=search.crowd,
        plans=search.found.plans,
        chosen=set(search.found.plans),
        actor=DESK,
        now=NOW,
    )

    assert [each.is_done for each in outcomes] == [True] * 3, outcomes
    for course in courses:
        assert times(course).keys() == {"PREP1", "D1", "INT1", "D2", "INT2"}
    assert double_claims() == 0


def test_a_course_that_cannot_follow_the_protocol_does_not_keep_the_others_back() -> (
    None
):
    clinic = a_clinic()
    good, bad = a_course(a_patient("Good")), a_course(a_patient("Bad"))
    an_eligible_assessment(good)
    Course.objects.filter(pk=bad.pk).update(status="completed", ended_at=NOW)
    question = Newcomers(clinic.site, (good.pk, bad.pk), a_protocol(doses=1))

    search = begin(question, actor=DESK, now=NOW)

    assert [member.course.pk for member in search.crowd.members] == [good.pk]
    assert [course.pk for course, _ in search.crowd.refused] == [bad.pk]
