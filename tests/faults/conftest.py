"""Whole programs that start servers of their own are tested in one pass only."""

from tests.settings import ENGINE

collect_ignore = (
    []
    if ENGINE == "postgresql"
    else [
        "test_compose_commands.py",
        "test_demo_opens_and_closes.py",
        "test_settings.py",
    ]
)
