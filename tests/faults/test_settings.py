"""Wrong settings stop the program with a sentence; right ones raise no warning."""

import os
import re
import subprocess
import sys

import pytest

from tests.programs import ROOT
from tests.servers import scratch_folder

PRODUCTION = {
    "SECRET_KEY": "long-enough-and-random-enough-for-one-test-" + "q9z7" * 10,
    "DEBUG": "0",
    "ALLOWED_HOSTS": "desk.river-clinic.org",
    "PUBLIC_BASE_URL": "https://desk.river-clinic.org",
    "CLINIC_DOMAIN": "river-clinic.org",
    "DATABASE_URL": "postgresql://clinic@127.0.0.1:1/clinic",
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://desk:secret@127.0.0.1:1",
}
NOT_SETTINGS = {"POSTGRES_PASSWORD"}  # read by docker-compose.yml only


def check(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(scratch_folder("var"))}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        env={**environment, **PRODUCTION, **changes},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_settings_of_a_real_clinic_raise_no_warning() -> None:
    result = check("--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "demo-only-abc"}, "is the demo key, but DEBUG is off"),
        ({"DATABASE_URL": "sqlite:///x.sqlite3"}, "config.E001"),
        ({"BROKER_URL": "filesystem://"}, "config.E002"),
        ({"BROKER_URL": "memory://"}, "config.E003"),
        ({"PUBLIC_BASE_URL": "the front desk"}, "config.E004"),
    ],
)
def test_a_wrong_setting_stops_every_command(
    changes: dict[str, str], sentence: str
) -> None:
    result = check(**changes)
    assert result.returncode != 0
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"EMAIL_URL": ""}, "config.W007"),
        ({"CLINIC_DOMAIN": "clinic.example"}, "config.W008"),
        ({"PUBLIC_BASE_URL": "http://desk.river-clinic.org"}, "config.W009"),
        ({"DEMO": "1"}, "config.W010"),
    ],
)
def test_a_setting_that_patients_would_notice_is_warned_of(
    changes: dict[str, str], sentence: str
) -> None:
    assert sentence in check("--deploy", **changes).stderr


def test_one_machine_may_be_meant() -> None:
    result = check(
        DATABASE_URL="sqlite:///x.sqlite3",
        BROKER_URL="filesystem://",
        ALLOW_SINGLE_MACHINE="1",
    )
    assert result.returncode == 0, result.stderr


def test_a_demo_needs_nothing_but_its_own_key() -> None:
    result = check(
        DEMO="1",
        SECRET_KEY="demo-only-abc",
        DATABASE_URL="sqlite:///x.sqlite3",
        BROKER_URL="filesystem://",
    )
    assert result.returncode == 0, result.stderr


def test_the_example_environment_names_every_setting_and_no_other() -> None:
    settings = (ROOT / "scheduler" / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named - NOT_SETTINGS == read
