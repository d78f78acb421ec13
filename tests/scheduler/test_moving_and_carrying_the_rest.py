"""Moving one visit carries along what follows from it, shown before it is committed."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from courses.actors import Actor
from courses.errors import BadInput, NotPermitted
from courses.models import Course, CourseEvent
from scheduler.errors import NotEligible, TransitionRefused
from scheduler.models import Appointment, AppointmentEvent, Closure
from scheduler.ripples.changes import Replace
from scheduler.ripples.wording import NO_MAIL, costs, messages
from scheduler.roles import CLINICIAN
from tests.builders import NOW, Clinic, a_clinic, a_clinician, a_therapist, a_user, at
from tests.desk import a_course_to_plan, cancel, hold_plan, plan
from tests.racing import double_claims
from tests.ripples import (
    a_booked_course,
    commit,
    labels,
    look,
    look_in_vain,
    moving,
    times,
    visit,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUERIES_TO_LOOK = 10


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """PREP1 on Tuesday, D1 on Wednesday, D2 on Friday, D3 Monday, D4 Wednesday."""
    return a_booked_course(clinic)


def test_looking_at_what_moves_along_changes_nothing(
    clinic: Clinic, course: Course
) -> None:
    before, events = times(course), AppointmentEvent.objects.count()
    d2 = visit(course, "D2")
    diff = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    assert labels(diff.moved) == ["D2", "INT2", "D3", "INT3", "D4", "INT4"]
    assert labels(diff.kept) == ["PREP1", "D1", "INT1"]
    assert times(course) == before
    assert AppointmentEvent.objects.count() == events


def test_a_move_inside_its_windows_moves_nothing_else(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    diff = look(course, moving(d2, d2.starts_at + timedelta(hours=2)), clinic.site)
    assert labels(diff.moved) == ["D2"]
    assert diff.broken == ()
    assert diff.alone is not None
    assert diff.alone.broken == ()


def test_committing_puts_every_visit_where_it_was_shown(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    diff = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    done = commit(course, diff.ripple)
    assert {a.session.label for a in done} == set(labels(diff.moved))
    shown = {v.label: v.after.starts_at for v in diff.ripple.visits if v.after}
    assert times(course) == shown
    assert double_claims() == 0
    for appointment in Appointment.objects.live():
        assert appointment.claims.live().exists()


def test_each_visit_has_its_own_line_of_history_tied_by_the_ripple(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    diff = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    commit(course, diff.ripple)
    moved = AppointmentEvent.objects.filter(kind="moved")
    assert set(moved.values_list("appointment__session__label", flat=True)) == set(
        labels(diff.moved)
    )
    tied = {event.details["ripple"] for event in moved}
    told = CourseEvent.objects.get(kind="visits_replaced")
    assert tied == {told.details["ripple"]} == {str(diff.ripple.ripple_id)}
    assert told.details["moved"] == 6


def test_what_a_visit_breaks_is_kept_in_its_own_line_of_history(
    clinic: Clinic, course: Course
) -> None:
    d2 = visit(course, "D2")
    diff = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    assert [broken.session for broken in diff.broken] == ["D2"]
    commit(course, diff.ripple)
    line = AppointmentEvent.objects.get(kind="moved", appointment=d2)
    (kept,) = line.details["deviations"]
    assert kept["sentence"] == diff.broken[0].sentence
    others = AppointmentEvent.objects.filter(kind="moved").exclude(appointment=d2)
    assert not any("deviations" in event.details for event in others)


def test_a_dose_takes_its_therapy_along(clinic: Clinic, course: Course) -> None:
    d4 = visit(course, "D4")
    diff = look(course, moving(d4, d4.starts_at + 2 * DAY), clinic.site)
    assert labels(diff.moved) == ["D4", "INT4"]
    assert {m.label for m in diff.messages} == {"D4", "INT4"}
    assert all(m.is_update and m.recipient for m in diff.messages)


def test_visits_that_have_begun_never_move(clinic: Clinic, course: Course) -> None:
    d3 = visit(course, "D3")
    now = visit(course, "D2").starts_at + timedelta(minutes=1)
    begun = {"PREP1", "D1", "INT1", "D2"}
    anew = look(course, Replace(), clinic.site, now=now)
    assert begun <= set(labels(anew.kept))
    late = look(course, moving(d3, d3.starts_at + DAY), clinic.site, now=now)
    assert begun <= set(labels(late.kept))


def test_a_visit_that_has_begun_cant_be_moved(clinic: Clinic, course: Course) -> None:
    d2 = visit(course, "D2")
    change = moving(d2, d2.starts_at + DAY)
    with pytest.raises(TransitionRefused, match="D2 has begun"):
        look(course, change, clinic.site, now=d2.starts_at)


@pytest.mark.parametrize("starts_at", [at(9, 7, day=5), NOW - DAY])
def test_no_visit_goes_to_a_time_that_is_past_or_off_the_grid(
    clinic: Clinic, course: Course, starts_at: datetime
) -> None:
    change = moving(visit(course, "D2"), starts_at)
    with pytest.raises(BadInput):
        look(course, change, clinic.site)


def test_visits_before_the_change_move_only_where_nothing_else_helps(
    clinic: Clinic, course: Course
) -> None:
    """At most three doses fall in seven days, so an earlier D4 needs an earlier D1."""
    d4 = visit(course, "D4")
    diff = look(course, moving(d4, d4.starts_at - DAY), clinic.site)
    assert diff.moves_earlier
    assert "D1" in labels(diff.moved)
    commit(course, diff.ripple)
    assert times(course)["D4"] == d4.starts_at - DAY


def test_what_stands_in_the_way_is_said_and_what_moving_alone_would_break(
    clinic: Clinic, course: Course
) -> None:
    d4, d1_is_over = visit(course, "D4"), at(18, day=2)
    found = look_in_vain(
        course, moving(d4, d4.starts_at - DAY), clinic.site, now=d1_is_over
    )
    assert found.refusals
    assert found.alone is not None
    # INT3 is there at that hour, and would have to give way.
    assert found.alone.barred.startswith("The patient is at INT3 then")
    later = look_in_vain(
        course,
        moving(d4, d4.starts_at - DAY + timedelta(hours=2)),
        clinic.site,
        now=d1_is_over,
    )
    assert later.alone is not None
    assert "spacing.most_in_days" in {b.rule for b in later.alone.broken if b.is_hard}


def test_a_prescriber_leaves_a_hard_window_with_a_reason_and_the_rest_follows(
    clinic: Clinic, course: Course
) -> None:
    user = a_user("kim", role=CLINICIAN)
    a_clinician("Dr. Kim", user=user)
    prescriber, now = Actor.staff(user), at(18, day=2)
    d4 = visit(course, "D4")
    change = moving(d4, d4.starts_at - DAY, override_reason="Patient travels")
    diff = look(course, change, clinic.site, actor=prescriber, now=now)
    assert {b.rule for b in diff.broken if b.is_hard} == {"spacing.most_in_days"}
    commit(course, diff.ripple, actor=prescriber, now=now)
    assert times(course)["D4"] == d4.starts_at - DAY
    assert double_claims() == 0
    line = AppointmentEvent.objects.get(appointment=d4, kind="moved")
    assert line.details["override_reason"] == "Patient travels"


def test_moving_alone_needs_the_courses_own_therapist(
    clinic: Clinic, course: Course
) -> None:
    other = a_therapist(clinic.site, name="Dr. Other")
    int4 = visit(course, "INT4")
    to = int4.starts_at + DAY
    Closure.objects.create(
        resource=clinic.therapist, starts_at=to, ends_at=to + DAY, reason="Ill"
    )
    diff = look(course, moving(int4, to), clinic.site)
    (moved,) = diff.moved
    assert moved.after is not None
    assert other.pk in moved.after.serving.values()
    assert diff.alone is not None
    assert clinic.therapist.name in diff.alone.barred
    assert costs(diff) == [
        "1 visit at another time than the patient was told.",
        "Treatment ends 1 day later: on Fri, May 15, not Thu, May 14.",
        "1 visit with somebody else than the course's therapist.",
    ]


def test_the_desk_alone_leaves_no_hard_window(clinic: Clinic, course: Course) -> None:
    d4 = visit(course, "D4")
    change = moving(d4, d4.starts_at - DAY, override_reason="Patient travels")
    with pytest.raises(NotPermitted, match="Only a prescriber"):
        look(course, change, clinic.site, now=at(18, day=2))


def test_only_the_visit_that_a_closure_hits_is_placed_anew(
    clinic: Clinic, course: Course
) -> None:
    int3 = visit(course, "INT3")
    Closure.objects.create(
        resource=clinic.therapist,
        starts_at=int3.starts_at,
        ends_at=int3.ends_at,
        reason="Ill",
    )
    diff = look(course, Replace(), clinic.site)
    assert labels(diff.moved) == ["INT3"]
    commit(course, diff.ripple)
    assert look(course, Replace(), clinic.site).changes_nothing


def test_where_others_can_serve_the_visit_keeps_its_time(
    clinic: Clinic, course: Course
) -> None:
    d3 = visit(course, "D3")
    chair = d3.claims.get(party="chair").resource
    Closure.objects.create(
        resource=chair, starts_at=d3.starts_at, ends_at=d3.ends_at, reason="Repair"
    )
    diff = look(course, Replace(), clinic.site)
    assert (labels(diff.restaffed), diff.moved) == (["D3"], ())
    assert diff.messages == ()
    commit(course, diff.ripple)
    d3.refresh_from_db()
    assert d3.claims.get(party="chair").resource != chair
    assert d3.sequence == 0
    assert AppointmentEvent.objects.filter(appointment=d3, kind="restaffed").exists()


def test_visits_take_each_others_places(clinic: Clinic, course: Course) -> None:
    """INT2 at 8 and D3 at 9 on one morning change their order."""
    int2, d3 = visit(course, "INT2"), visit(course, "D3")
    assert int2.ends_at == d3.starts_at
    diff = look(course, moving(int2, at(10, 15, day=7)), clinic.site)
    assert labels(diff.moved) == ["INT2", "D3"]
    commit(course, diff.ripple)
    now = times(course)
    assert (now["D3"], now["INT2"]) == (int2.starts_at, at(10, 15, day=7))
    for moved in (int2, d3):
        event = AppointmentEvent.objects.get(appointment=moved, kind="moved")
        moved.refresh_from_db()
        assert (event.revision, event.sequence) == (moved.revision, moved.sequence)
    assert double_claims() == 0


def test_a_dose_moves_no_further_than_its_assessment_reaches(clinic: Clinic) -> None:
    course = a_booked_course(clinic)
    course.assessments.update(valid_until=at(9, day=9).date())
    d4 = visit(course, "D4")
    diff = look(course, moving(d4, d4.starts_at + 2 * DAY), clinic.site)
    (refusal,) = diff.not_cleared
    assert refusal.sentence.startswith("D4 on May 15 isn't cleared")
    with pytest.raises(NotEligible):
        commit(course, diff.ripple)
    assert times(course)["D4"] == d4.starts_at


def test_of_held_visits_nobody_is_told(clinic: Clinic) -> None:
    course = a_course_to_plan(doses=2, is_eligible=False)
    hold_plan(course, plan(course, clinic.site), until=NOW + 3 * DAY)
    # By now the course has its therapist.
    course.refresh_from_db()
    d2 = visit(course, "D2")
    diff = look(course, moving(d2, d2.starts_at + 3 * DAY), clinic.site)
    assert "D2" in labels(diff.moved)
    assert diff.messages == ()
    commit(course, diff.ripple)
    d2.refresh_from_db()
    assert d2.status == "held"


def test_a_patient_without_mail_is_to_be_called(clinic: Clinic, course: Course) -> None:
    course.patient.preferred_channel = "none"
    course.patient.save(update_fields=["preferred_channel"])
    d4 = visit(course, "D4")
    diff = look(course, moving(d4, d4.starts_at + 2 * DAY), clinic.site)
    assert {message.recipient for message in diff.messages} == {""}
    assert messages(diff) == [NO_MAIL]


def test_sessions_without_a_time_get_one_only_when_that_is_asked(
    clinic: Clinic, course: Course
) -> None:
    cancel(visit(course, "INT4"))
    d4 = visit(course, "D4")
    to = d4.starts_at + 2 * DAY
    alone = look(course, moving(d4, to, fills=False), clinic.site)
    assert alone.placed == ()
    filled = look(course, moving(d4, to), clinic.site)
    assert labels(filled.placed) == ["INT4"]
    commit(course, filled.ripple)
    assert visit(course, "INT4").status == "booked"


def test_a_visit_goes_to_another_site_and_those_there_stay(
    clinic: Clinic, course: Course
) -> None:
    other = a_clinic()
    d4 = visit(course, "D4")
    diff = look(course, moving(d4, d4.starts_at), other.site)
    assert labels(diff.moved) == ["D4"]
    commit(course, diff.ripple)
    d4.refresh_from_db()
    assert d4.site == other.site
    assert "INT4" in times(course)


def test_what_is_asked_of_the_database_doesnt_grow_with_the_course(
    clinic: Clinic, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number, doses in enumerate((2, 6)):
        course = a_booked_course(clinic, doses=doses, name=f"Vega {number}")
        with django_assert_num_queries(QUERIES_TO_LOOK):
            look(course, Replace(), clinic.site)
