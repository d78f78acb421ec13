"""The drawn states are the states that the actions keep to."""

import re
from pathlib import Path

import pytest

from scheduler.models import Appointment
from scheduler.rules import LIVE_STATUSES, TRANSITIONS

ROOT = Path(__file__).resolve().parents[2]
DRAWINGS = ("docs/states.md", "README.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def arrows(text: str) -> list[tuple[str, str, list[str]]]:
    """Every arrow as (from, to, actions); the outside is "*"."""
    drawn = re.findall(r"^ +(\S+) --> (\S+?)(?:: (.+))?$", text, re.MULTILINE)
    return [
        (start.strip("[]"), end.strip("[]"), actions.split(", ") if actions else [])
        for start, end, actions in drawn
    ]


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_transition_is_drawn_and_no_other(name: str) -> None:
    drawn = {(a, b) for a, b, _ in arrows(text_of(name)) if "*" not in (a, b)}
    allowed = {(a, b) for a, ends in TRANSITIONS.items() for b in ends}
    assert drawn == allowed


@pytest.mark.parametrize("name", DRAWINGS)
def test_what_leads_nowhere_is_drawn_as_an_end(name: str) -> None:
    ends = {a for a, b, _ in arrows(text_of(name)) if b == "*"}
    assert ends == {status for status, next_ in TRANSITIONS.items() if not next_}


def test_every_arrow_names_an_action_that_exists() -> None:
    named = {
        action
        for *_, actions in arrows(text_of("docs/states.md"))
        for action in actions
    }
    folder = ROOT / "scheduler" / "actions"
    sources = "".join(p.read_text(encoding="utf-8") for p in folder.glob("*.py"))
    assert named
    for action in named:
        assert f"def {action}(" in sources, action


def test_the_table_of_statuses_is_complete_and_right() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| (yes|no) \|",
        text_of("docs/states.md"),
        re.MULTILINE,
    )
    told = {status: (label, holds == "yes") for status, label, holds in rows}
    assert told == {
        choice.value: (str(choice.label), choice.value in LIVE_STATUSES)
        for choice in Appointment.Status
    }
