"""What staff read is American, counts rightly and is spaced as sentences are."""

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

from courses.rules.shapes import CourseShape, Placement, SessionShape, SpacingShape
from courses.rules.windows import deviations
from notifications.actions.plan_notifications import plan_notifications
from scheduler.visit_steps import STEPS
from tests.builders import NOW, at
from tests.notifications.scenes import SYSTEM, a_booking
from tests.programs import ROOT
from tests.staff_pages import FRONT_DESK, a_client, text_of

OURS = ("courses", "scheduler", "notifications")
BRITISH = re.compile(r"cancell(ed|ing)\b", re.IGNORECASE)


def labels_of_choices() -> Iterator[str]:
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.get_fields():
                for _, label in getattr(field, "choices", None) or ():
                    yield str(label)


def words_of_templates() -> Iterator[str]:
    for app in OURS:
        for path in (ROOT / app / "templates").rglob("*.*"):
            text = path.read_text(encoding="utf-8")
            yield re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", text, flags=re.DOTALL)


def test_no_label_and_no_page_is_spelled_in_british() -> None:
    buttons = [
        f"{step.label} {step.done} {step.asks_reason}" for step in STEPS.values()
    ]
    said = [*labels_of_choices(), *words_of_templates(), *buttons]
    assert [text for text in said if BRITISH.search(text)] == []
    assert "Canceled" in said


@pytest.mark.parametrize(
    ("rule", "apart", "words"),
    [
        (SpacingShape("minimum_gap", 2), 1, "are 1 day apart, and must be at least 2"),
        (SpacingShape("minimum_gap", 3), 2, "are 2 days apart"),
        (SpacingShape("most_in_days", 2, count=1), 1, "At most 1 dose may fall in any"),
        (SpacingShape("longest_span", 1), 2, "takes 2 days, and may take 1"),
    ],
)
def test_days_between_doses_agree_with_their_number(
    rule: SpacingShape, apart: int, words: str
) -> None:
    doses = [SessionShape(f"{n}", f"Infusion {n}", "dosing") for n in (1, 2)]
    placed = {
        "1": Placement(at(9), at(11), ZoneInfo("UTC")),
        "2": Placement(at(9, day=apart), at(11, day=apart), ZoneInfo("UTC")),
    }
    (broken,) = deviations(CourseShape(tuple(doses), (rule,)), placed)
    assert words in broken.sentence


@pytest.mark.django_db
@pytest.mark.usefixtures("monday_morning")
def test_the_state_of_a_message_stands_apart_from_its_time() -> None:
    appointment = a_booking()
    plan_notifications(actor=SYSTEM, now=NOW + timedelta(minutes=5))
    page = a_client(FRONT_DESK).get(f"/appointments/{appointment.pk}/")
    words = re.sub(r"<[^>]+>", "", page.content.decode())
    assert re.search(r"Invitation \w+ due ", words)


@pytest.mark.django_db
def test_logging_out_says_so_and_offers_to_come_back() -> None:
    words = text_of(a_client(FRONT_DESK).post("/logout/"))
    assert "You are logged out" in words
    assert "Log in again" in words
    assert "quality time" not in words
