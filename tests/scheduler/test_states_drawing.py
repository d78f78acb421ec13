"""The drawn states are the states that the actions keep to."""

import re
from pathlib import Path

import pytest

from courses.models import Session
from courses.rules import session_status
from scheduler.models import Appointment
from scheduler.rules import LIVE_STATUSES, TRANSITIONS

Table = dict[str, frozenset[str]]

ROOT = Path(__file__).resolve().parents[2]
DRAWINGS = [
    pytest.param("docs/states.md", 0, TRANSITIONS, id="appointments"),
    pytest.param("README.md", -1, TRANSITIONS, id="appointments in README"),
    pytest.param("docs/states.md", 1, session_status.TRANSITIONS, id="sessions"),
]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def arrows(text: str) -> list[tuple[str, str, list[str]]]:
    """Every arrow as (from, to, actions); the outside is "*"."""
    drawn = re.findall(r"^ +(\S+) --> (\S+?)(?:: (.+))?$", text, re.MULTILINE)
    return [
        (start.strip("[]"), end.strip("[]"), actions.split(", ") if actions else [])
        for start, end, actions in drawn
    ]


def drawing(name: str, which: int) -> str:
    drawn = re.findall(r"```mermaid\nstateDiagram.*?```", text_of(name), re.DOTALL)
    return str(drawn[which])


@pytest.mark.parametrize(("name", "which", "table"), DRAWINGS)
def test_every_transition_is_drawn_and_no_other(
    name: str, which: int, table: Table
) -> None:
    drawn = {(a, b) for a, b, _ in arrows(drawing(name, which)) if "*" not in (a, b)}
    assert drawn == {(a, b) for a, ends in table.items() for b in ends}


@pytest.mark.parametrize(("name", "which", "table"), DRAWINGS)
def test_what_leads_nowhere_is_drawn_as_an_end(
    name: str, which: int, table: Table
) -> None:
    ends = {a for a, b, _ in arrows(drawing(name, which)) if b == "*"}
    assert ends == {status for status, next_ in table.items() if not next_}


def test_every_status_of_a_session_is_in_the_table() -> None:
    assert set(session_status.TRANSITIONS) == set(Session.Status.values)


def test_every_arrow_names_an_action_that_exists() -> None:
    named = {
        action
        for *_, actions in arrows(text_of("docs/states.md"))
        for action in actions
    }
    modules = [
        *(ROOT / "courses" / "actions").glob("*.py"),
        *(ROOT / "scheduler" / "actions").glob("*.py"),
        # Shared by the verbs that place a visit.
        ROOT / "scheduler" / "placing.py",
    ]
    sources = "".join(module.read_text(encoding="utf-8") for module in modules)
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
