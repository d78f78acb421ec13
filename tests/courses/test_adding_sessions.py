"""A course gets a session that its protocol doesn't have."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from courses.actions.add_session import DaysFrom, OnDays, add_session
from courses.actions.omit_session import omit_session
from courses.errors import BadInput, CourseNotReady, SessionHangsElsewhere
from courses.models import Course, CourseEvent, Session
from courses.shapes import course_shape
from tests.builders import DESK, NOW, TODAY
from tests.changed_courses import (
    called,
    hung,
    mark,
    on_protocol,
    visit_type,
    window,
)

pytestmark = pytest.mark.django_db


def add(
    course: Course,
    kind: str = "infusion-40",
    label: str = "Infusion 3, again",
    *,
    window: OnDays | DaysFrom,
    pair_of: Session | None = None,
    after: Session | None = None,
) -> Session:
    return add_session(
        course=course,
        visit_type=visit_type(kind),
        label=label,
        window=window,
        pair_of=pair_of,
        after=after,
        reason="The infusion was broken off",
        actor=DESK,
        now=NOW,
    )


def days_from(
    course: Course, label: str, earliest: int, target: int, latest: int
) -> DaysFrom:
    return DaysFrom(called(course, label), earliest, target, latest)


def order(course: Course) -> list[str]:
    return list(course.sessions.order_by("position").values_list("label", flat=True))


def test_a_session_counts_its_days_from_another() -> None:
    course = on_protocol()
    call = add(
        course,
        "safety-call",
        "Extra call",
        window=days_from(course, "Infusion 3", 1, 2, 3),
    )
    assert window(hung(course, "Extra call")) == ("Infusion 3", 1, 2, 3)
    shape = next(s for s in course_shape(course).sessions if s.label == "Extra call")
    assert shape.step is not None
    assert (shape.key, shape.step.code) == (str(call.pk), f"+{call.pk}")


def test_a_session_has_days_of_its_own() -> None:
    course = on_protocol()
    days = OnDays(TODAY, TODAY + timedelta(days=2), TODAY + timedelta(days=5))
    added = add(course, "integration", "Extra therapy", window=days)
    added.refresh_from_db()
    shape = next(s for s in course_shape(course).sessions if s.key == str(added.pk))
    assert (shape.earliest_on, shape.latest_on) == (days.earliest_on, days.latest_on)
    assert added.target_on == days.target_on
    assert hung(course, "Extra therapy").anchor == ""


def test_a_session_belongs_to_a_dose_and_goes_with_it() -> None:
    course = on_protocol()
    dose = called(course, "Infusion 2")
    add(
        course,
        "integration",
        "Extra therapy",
        window=DaysFrom(dose, 1, 1, 3),
        pair_of=dose,
    )
    assert hung(course, "Extra therapy").pair_of == "Infusion 2"
    omit_session(session=dose, reason="Unwell", actor=DESK, now=NOW)
    assert called(course, "Extra therapy").status == "omitted"


def test_added_therapy_stays_away_from_doses_as_the_protocol_has_it() -> None:
    course = on_protocol()
    here = days_from(course, "Infusion 2", 1, 1, 3)
    add(course, "integration", "Extra therapy", window=here)
    add(course, "safety-call", "Extra call", window=here)
    assert not hung(course, "Extra therapy").is_allowed_on_dosing_day
    assert hung(course, "Extra call").is_allowed_on_dosing_day


def test_added_therapy_neither_breaks_nor_bends_how_the_protocols_own_is_spaced() -> (
    None
):
    course = on_protocol("iv-8-4w")
    own = {str(called(course, f"Integration {n}").pk) for n in range(1, 5)}
    here = days_from(course, "Infusion 2", 1, 1, 3)
    added = add(course, "integration", "Extra therapy", window=here)
    shape = course_shape(course)
    (rule,) = [rule for rule in shape.spacing if rule.about == "integration"]
    assert rule.only == own
    in_order = [[session.key for session in some] for some in shape.in_order()]
    assert all(str(added.pk) not in keys for keys in in_order)


def test_the_next_dose_counts_from_an_added_one() -> None:
    course = on_protocol()
    add(course, window=days_from(course, "Infusion 3", 2, 2, 4))
    following = hung(course, "Infusion 4")
    assert window(following) == ("Infusion 3, again", 2, 3, 4)
    assert following.after == "Infusion 3, again"
    assert window(hung(course, "Infusion 5")) == ("Infusion 4", 2, 2, 4)
    assert hung(course, "Integration b").anchor == "Infusion 3"


def test_the_next_dose_counts_from_the_planned_one_again_once_it_is_left_out() -> None:
    course = on_protocol()
    added = add(course, window=days_from(course, "Infusion 3", 2, 2, 4))
    omit_session(session=added, reason="Not needed", actor=DESK, now=NOW)
    assert window(hung(course, "Infusion 4")) == ("Infusion 3", 2, 3, 4)


def test_a_session_stands_where_its_target_day_is() -> None:
    course = on_protocol()
    add(course, window=days_from(course, "Infusion 3", 2, 2, 4))
    add(
        course,
        "safety-call",
        "Call",
        window=days_from(course, "Infusion 1", -2, -2, -1),
    )
    placed = order(course)
    assert placed.index("Infusion 3, again") == placed.index("Integration b") + 1
    assert placed.index("Infusion 4") > placed.index("Infusion 3, again")
    assert placed.index("Preparation") < placed.index("Call")
    assert placed.index("Call") < placed.index("Infusion 1")


def test_somebody_says_behind_which_dose_another_comes() -> None:
    course = on_protocol()
    add(
        course,
        window=OnDays(earliest_on=TODAY + timedelta(days=20)),
        after=called(course, "Infusion 2"),
    )
    assert order(course).index("Infusion 3, again") == (
        order(course).index("Infusion 2") + 1
    )
    assert hung(course, "Infusion 3").anchor == "Infusion 3, again"


def test_a_dose_stands_behind_those_that_were_given() -> None:
    course = on_protocol()
    mark(course, "done", "Infusion 1", "Infusion 2", "Infusion 3", "Infusion 4")
    add(course, window=days_from(course, "Infusion 3", 3, 3, 4))
    placed = order(course)
    assert placed.index("Infusion 4") < placed.index("Infusion 3, again")
    assert placed.index("Infusion 3, again") < placed.index("Infusion 5")


def test_an_added_last_dose_is_what_the_end_review_looks_back_on() -> None:
    course = on_protocol()
    add(course, label="Booster", window=days_from(course, "Integration c", 7, 7, 14))
    assert window(hung(course, "End review")) == ("Booster", 1, 3, 7)


def test_an_added_last_therapy_is_what_the_end_review_looks_back_on() -> None:
    course = on_protocol()
    later = days_from(course, "Integration c", 2, 2, 3)
    add(course, "integration", "Extra therapy", window=later)
    assert window(hung(course, "End review")) == ("Extra therapy", 1, 3, 7)


def test_therapy_that_the_end_review_asks_for_comes_after_it() -> None:
    course = on_protocol()
    later = days_from(course, "End review", 3, 7, 14)
    add(course, "integration", "Extra therapy", window=later)
    assert hung(course, "End review").anchor == "Integration c"


def test_therapy_on_days_of_its_own_moves_no_review() -> None:
    course = on_protocol()
    add(course, "integration", "Extra therapy", window=OnDays(earliest_on=TODAY))
    assert hung(course, "End review").anchor == "Integration c"


def test_a_dose_that_can_not_keep_its_distance_is_refused_with_the_rules() -> None:
    course = on_protocol()
    with pytest.raises(CourseNotReady) as refused:
        add(course, window=days_from(course, "Infusion 3", 1, 1, 1))
    (refusal,) = refused.value.refusals
    assert refusal.rule == "session.window_impossible"
    assert "Infusion 3, again is 1 to 1 days from Infusion 3" in refusal.sentence
    assert "at least 2 days apart" in refusal.sentence
    assert not course.sessions.filter(label="Infusion 3, again").exists()


def test_therapy_before_its_own_dose_is_refused() -> None:
    course = on_protocol()
    dose = called(course, "Infusion 3")
    with pytest.raises(CourseNotReady, match="belongs to Infusion 3 and is after it"):
        add(
            course,
            "integration",
            "Extra therapy",
            window=DaysFrom(dose, -2, -1, -1),
            pair_of=dose,
        )


def test_a_dose_that_was_left_out_is_in_nobodys_way() -> None:
    course = on_protocol()
    omit_session(
        session=called(course, "Infusion 4"), reason="Unwell", actor=DESK, now=NOW
    )
    add(course, window=days_from(course, "Infusion 3", 3, 3, 3))
    assert hung(course, "Infusion 4").anchor == "Infusion 3, again"


@pytest.mark.parametrize("label", ["", "  ", "x" * 81, "infusion 3"])
def test_a_session_has_a_name_that_no_other_has(label: str) -> None:
    course = on_protocol()
    with pytest.raises(BadInput):
        add(course, label=label, window=days_from(course, "Infusion 3", 2, 2, 4))


@pytest.mark.parametrize(
    "wrong",
    [
        OnDays(),
        OnDays(earliest_on=TODAY, latest_on=date(2026, 5, 3)),
        OnDays(target_on=TODAY, latest_on=date(2026, 5, 3)),
    ],
)
def test_days_of_its_own_are_given_and_in_order(wrong: OnDays) -> None:
    with pytest.raises(BadInput):
        add(on_protocol(), window=wrong)


def test_days_from_another_are_in_order() -> None:
    course = on_protocol()
    with pytest.raises(BadInput):
        add(course, window=days_from(course, "Infusion 3", 2, 5, 4))


def test_it_counts_from_nothing_in_another_course() -> None:
    course, other = on_protocol(), on_protocol()
    with pytest.raises(SessionHangsElsewhere):
        add(course, window=days_from(other, "Infusion 3", 2, 2, 4))


def test_it_counts_from_nothing_that_was_left_out() -> None:
    course = on_protocol()
    omit_session(
        session=called(course, "Infusion 3"), reason="Unwell", actor=DESK, now=NOW
    )
    with pytest.raises(BadInput, match="Infusion 3 was left out"):
        add(course, window=days_from(course, "Infusion 3", 2, 2, 4))


def test_only_what_is_no_dose_belongs_to_a_dose() -> None:
    course = on_protocol()
    here = days_from(course, "Infusion 3", 2, 2, 4)
    with pytest.raises(BadInput, match="belong to a dose"):
        add(course, window=here, pair_of=called(course, "Infusion 3"))
    with pytest.raises(BadInput, match="belong to a dose"):
        add(
            course,
            "integration",
            "Extra therapy",
            window=here,
            pair_of=called(course, "Preparation"),
        )


def test_a_second_click_adds_nothing() -> None:
    course = on_protocol()
    form = uuid4()
    for _ in range(2):
        added = add_session(
            course=course,
            visit_type=visit_type("safety-call"),
            label="Extra call",
            window=days_from(course, "Infusion 3", 1, 1, 2),
            session_id=form,
            actor=DESK,
            now=NOW,
        )
        assert added.pk == form
    assert course.sessions.filter(label="Extra call").count() == 1
    (event,) = CourseEvent.objects.filter(kind="session_added")
    assert (event.session_id, event.details["label"]) == (form, "Extra call")


@pytest.mark.parametrize("days", [367, 30_000])
def test_no_session_is_added_more_than_a_year_ahead(days: int) -> None:
    far = TODAY + timedelta(days=days)
    course = on_protocol()
    for days_named in (
        OnDays(earliest_on=TODAY, latest_on=far),
        OnDays(target_on=far),
        OnDays(earliest_on=far),
    ):
        with pytest.raises(BadInput, match="within the next 366 days"):
            add(course, window=days_named)
