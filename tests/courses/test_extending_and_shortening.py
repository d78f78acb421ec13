"""A course gets more doses after its last, or goes without its last ones."""

from datetime import timedelta

import pytest

from courses.actions.add_session import OnDays, add_session
from courses.actions.extend_course import LONGEST_LABEL, extend_course
from courses.actions.omit_session import omit_session
from courses.actions.shorten_course import shorten_course
from courses.errors import BadInput, CourseNotReady, StalePage
from courses.models import Course, CourseEvent, Session, VisitType
from courses.shapes import course_shape
from tests.builders import DESK, NOW, TODAY, a_course, a_protocol, a_session
from tests.changed_courses import (
    called,
    doses,
    hung,
    labels,
    mark,
    on_protocol,
    visit_type,
    window,
)

pytestmark = pytest.mark.django_db

FOLLOWING = ["End review", "Questionnaires, week 1", "Follow-up, month 1"]


def extend(course: Course, by: int = 1, seen: int | None = None) -> list[str]:
    added = extend_course(course=course, doses=by, seen=seen, actor=DESK, now=NOW)
    return [dose.label for dose in added]


def shorten(course: Course, by: int = 1, seen: int | None = None) -> list[str]:
    gone = shorten_course(
        course=course, doses=by, reason="Well", seen=seen, actor=DESK, now=NOW
    )
    return [dose.label for dose in gone]


def test_a_new_dose_has_the_window_of_the_last_from_the_one_before_it() -> None:
    course = on_protocol()
    assert extend(course, 2) == ["Infusion 7", "Infusion 8"]
    seventh, eighth = hung(course, "Infusion 7"), hung(course, "Infusion 8")
    assert window(seventh) == ("Infusion 6", 2, 2, 4)
    assert window(eighth) == ("Infusion 7", 2, 2, 4)
    assert (seventh.after, eighth.after) == ("Infusion 6", "Infusion 7")
    assert called(course, "Infusion 8").visit_type.code == "infusion-40"


def test_a_new_dose_has_therapy_of_its_own_if_the_last_one_has() -> None:
    course = on_protocol()
    extend(course)
    therapy = hung(course, "Integration, Infusion 7")
    assert window(therapy) == ("Infusion 7", 1, 2, 3)
    assert therapy.pair_of == "Infusion 7"
    assert (therapy.minimum_hours, therapy.is_allowed_on_dosing_day) == (16, False)


def test_a_new_dose_has_no_therapy_if_the_last_one_has_none() -> None:
    course = on_protocol("iv-8-4w")
    before = course.sessions.count()
    extend(course)
    assert course.sessions.count() == before + 1


def test_a_new_dose_waits_for_the_therapy_before_it_where_the_others_do() -> None:
    course = on_protocol("kap-im-6")
    extend(course, 2)
    assert hung(course, "Injection 7").after == "Integration 6"
    assert hung(course, "Injection 8").after == "Integration 7"


def test_new_doses_stand_behind_the_last_and_before_what_looks_back() -> None:
    course = on_protocol()
    extend(course, 2)
    order = list(course.sessions.order_by("position").values_list("label", flat=True))
    first = order.index("Infusion 6")
    assert order[first : first + 7] == [
        "Infusion 6",
        "Integration c",
        "Infusion 7",
        "Integration, Infusion 7",
        "Infusion 8",
        "Integration, Infusion 8",
        "End review",
    ]


@pytest.mark.parametrize("label", FOLLOWING)
def test_what_looks_back_counts_from_the_new_last_visit(label: str) -> None:
    course = on_protocol()
    before = window(hung(course, label))
    extend(course)
    assert before[0] == "Integration c"
    assert window(hung(course, label)) == ("Integration, Infusion 7", *before[1:])


def test_what_counts_from_an_earlier_visit_stays_there() -> None:
    course = on_protocol("kap-im-6")
    extend(course)
    assert hung(course, "Review before injection 4").anchor == "Injection 3"
    assert hung(course, "Preparation 1").anchor == "Injection 1"


def test_the_longest_span_is_about_the_doses_of_the_protocol() -> None:
    course = on_protocol()
    extend(course, 3)
    shape = course_shape(course)
    own = frozenset(str(called(course, f"Infusion {n}").pk) for n in range(1, 7))
    spans = [(r.days, r.only) for r in shape.spacing if r.kind == "longest_span"]
    assert sorted(spans, key=lambda span: span[0]) == [(21, own), (28, own)]


def test_what_is_added_to_a_session_with_a_long_name_has_a_name_that_fits() -> None:
    course = on_protocol()
    for number, letter in ((6, "L"), (9, "M")):
        old = "Infusion 6" if number == 6 else "Integration c"
        label = f"{letter * 78} {number}"
        Session.objects.filter(course=course, label=old).update(label=label)
    assert extend(course, 4) == [f"{'L' * 78} {n}" for n in (7, 8, 9)] + [
        f"{'L' * 76}… 10"
    ]
    labels = list(course.sessions.values_list("label", flat=True))
    most = Session._meta.get_field("label").max_length
    assert max(map(len, labels)) == most == LONGEST_LABEL
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if label.startswith("MM")] == [
        f"{'M' * 78} 9",
        *(f"{'M' * 76}… {n}" for n in (10, 11, 12, 13)),
    ]


def test_a_course_is_extended_again_and_after_its_last_dose_was_given() -> None:
    course = on_protocol()
    extend(course)
    mark(course, "done", *(f"Infusion {n}" for n in range(1, 8)))
    assert extend(course) == ["Infusion 8"]
    assert window(hung(course, "Infusion 8")) == ("Infusion 7", 2, 2, 4)


def test_a_course_without_a_window_between_doses_can_not_be_extended() -> None:
    course = a_course()
    a_session(course)
    with pytest.raises(CourseNotReady, match="Add a session with a window of its own"):
        extend(course)


def test_a_dose_with_days_of_its_own_is_followed_like_any_other() -> None:
    course = on_protocol()
    add_session(
        course=course,
        visit_type=visit_type("infusion-40"),
        label="Booster",
        window=OnDays(earliest_on=TODAY + timedelta(days=40)),
        actor=DESK,
        now=NOW,
    )
    (label,) = extend(course)
    assert doses(course)[-2:] == ["Booster", label]
    assert window(hung(course, label)) == ("Booster", 2, 2, 4)


@pytest.mark.parametrize("by", [0, -1, 13])
def test_a_course_is_extended_by_a_sensible_number(by: int) -> None:
    with pytest.raises(BadInput):
        extend(on_protocol(), by)


def test_a_second_click_extends_nothing() -> None:
    course = on_protocol()
    extend(course, seen=6)
    with pytest.raises(StalePage, match="7 doses by now, not 6"):
        extend(course, seen=6)
    assert len(doses(course)) == 7


def test_the_last_doses_go_with_all_that_goes_with_them() -> None:
    course = on_protocol()
    assert shorten(course, 3) == ["Infusion 4", "Infusion 5", "Infusion 6"]
    assert labels(course, "omitted") == [
        "Questionnaires, mid-course",
        "Infusion 4",
        "Infusion 5",
        "Infusion 6",
        "Integration c",
    ]


@pytest.mark.parametrize("label", FOLLOWING)
def test_what_looks_back_counts_from_the_last_visit_that_is_left(label: str) -> None:
    course = on_protocol()
    before = window(hung(course, label))
    shorten(course, 3)
    assert window(hung(course, label)) == ("Integration b", *before[1:])


def test_it_counts_from_a_therapy_that_comes_after_the_last_dose_left() -> None:
    course = on_protocol("iv-8-4w")
    assert window(hung(course, "End review")) == ("Infusion 8", 1, 3, 7)
    shorten(course)
    assert window(hung(course, "End review")) == ("Integration 4", 1, 3, 7)


def test_doses_that_were_given_stay_and_one_must() -> None:
    course = on_protocol()
    mark(course, "done", "Infusion 1", "Infusion 2", "Infusion 3")
    with pytest.raises(CourseNotReady, match="shortened by 3 doses"):
        shorten(course, 4)
    fresh = on_protocol()
    with pytest.raises(CourseNotReady, match="shortened by 5 doses"):
        shorten(fresh, 6)
    assert labels(course, "omitted") == labels(fresh, "omitted") == []


def test_a_dose_that_was_missed_can_go() -> None:
    course = on_protocol()
    mark(course, "missed", "Infusion 6")
    assert shorten(course) == ["Infusion 6"]


@pytest.mark.parametrize("by", [0, -2])
def test_a_course_is_shortened_by_at_least_one(by: int) -> None:
    with pytest.raises(BadInput):
        shorten(on_protocol(), by)


def test_shortening_says_why() -> None:
    with pytest.raises(BadInput, match="Say why"):
        shorten_course(course=on_protocol(), doses=1, reason="", actor=DESK, now=NOW)


def test_a_second_click_shortens_nothing() -> None:
    course = on_protocol()
    shorten(course, seen=6)
    with pytest.raises(StalePage, match="5 doses by now, not 6"):
        shorten(course, seen=6)


def test_extending_gives_back_what_shortening_took_before_it_adds() -> None:
    course = on_protocol()
    before = window(hung(course, "End review"))
    shorten(course, 2)
    assert extend(course, 3) == ["Infusion 5", "Infusion 6", "Infusion 7"]
    assert labels(course, "omitted") == []
    shorten(course, 1)
    assert window(hung(course, "End review")) == before


def test_extending_gives_back_no_dose_from_the_middle() -> None:
    course = on_protocol()
    omit_session(
        session=called(course, "Infusion 3"), reason="Unwell", actor=DESK, now=NOW
    )
    assert extend(course) == ["Infusion 7"]


def test_shortening_takes_added_doses_first() -> None:
    course = on_protocol()
    extend(course)
    assert shorten(course, 2) == ["Infusion 6", "Infusion 7"]
    assert "Integration, Infusion 7" in labels(course, "omitted")


def test_both_are_in_the_history() -> None:
    course = on_protocol()
    extend(course)
    shorten(course, 2)
    events = CourseEvent.objects.filter(
        kind__in=("course_extended", "course_shortened")
    ).order_by("pk")
    assert [(event.kind, event.details) for event in events] == [
        ("course_extended", {"doses": ["Infusion 7"], "reason": ""}),
        (
            "course_shortened",
            {"doses": ["Infusion 6", "Infusion 7"], "reason": "Well"},
        ),
    ]


def test_questionnaires_before_the_last_dose_are_repeated_with_it() -> None:
    protocol = a_protocol(doses=2, status="draft")
    dose = protocol.steps.get(code="D2")
    measure = protocol.steps.get(code="INT1")
    measure.pk, measure.code, measure.name = None, "PCL", "PCL 2"
    measure.position, measure.visit_type = 90, _questionnaires()
    measure.anchor = measure.before = dose
    measure.pair_of = None
    measure.earliest, measure.target, measure.latest = -7, -1, 0
    measure.save()
    course = a_course(protocol=protocol)
    for step in protocol.steps.all():
        Session.objects.create(
            course=course,
            step=step,
            visit_type=step.visit_type,
            label=step.name,
            position=step.position,
        )
    assert extend(course) == ["D3"]
    again = hung(course, "PCL 3")
    assert window(again) == ("D3", -7, -1, 0)
    assert again.before == "D3"


def _questionnaires() -> VisitType:
    return VisitType.objects.create(
        code="pcl", name="PCL", kind="measure", is_placed=False, source="test"
    )
