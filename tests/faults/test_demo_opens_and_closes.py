"""The demo is the first thing anybody runs: it opens, it closes, it leaves nothing."""

import os
import re
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests import servers
from tests.programs import (
    PATIENCE_SECONDS,
    ROOT,
    Program,
    processes_of,
    status_of,
)

COMMAND = [sys.executable, str(ROOT / "dev.py"), "demo"]


@pytest.fixture(scope="module")
def var() -> Path:
    """One clinic for all tests here, filled by the first that opens it."""
    return servers.scratch_folder("demo")


@pytest.fixture
def environment(var: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PORT": str(servers.free_port()),
        "VAR_DIR": str(var),
    }


def test_the_demo_opens_with_three_logins_and_closes_cleanly(
    environment: dict[str, str], var: Path
) -> None:
    with Program(COMMAND, environment) as demo:
        shown = demo.wait_for(r"The clinic is open: \S+/(?s:.*)Ctrl-C")
        for login in ("frontdesk", "clinician", "manager"):
            assert re.search(rf"{login} +demo-clinic", shown)
        address = f"http://127.0.0.1:{environment['PORT']}"
        assert status_of(f"{address}/readyz") == 200
        assert status_of(f"{address}/static/scheduler/clinic.css") == 200
        assert "There is nothing at this address" in a_missing_page(address)
        assert demo.end(signal.SIGINT) == 0
    assert not processes_of(var)


def test_a_demo_that_is_killed_leaves_no_process_behind(
    environment: dict[str, str], var: Path
) -> None:
    with Program(COMMAND, environment) as demo:
        demo.wait_for("The clinic is open")
        demo.end(signal.SIGKILL)
        assert eventually_no_process_of(var)


@pytest.mark.parametrize(
    ("name", "word"),
    [("web", "gunicorn"), ("worker", " worker "), ("beat", " beat ")],
)
def test_a_demo_that_loses_a_program_says_which_and_opens_again(
    environment: dict[str, str], var: Path, name: str, word: str
) -> None:
    with Program(COMMAND, environment) as demo:
        demo.wait_for("The clinic is open")
        first = min(pid for pid, line in processes_of(var).items() if word in line)
        os.kill(first, signal.SIGKILL)
        assert demo.process.wait(PATIENCE_SECONDS) == 1
        assert f"{name} has ended" in demo.output()
    assert not processes_of(var)

    with Program(COMMAND, environment) as demo:
        demo.wait_for("The clinic is open")
        assert demo.end(signal.SIGTERM) == 0


def test_a_taken_port_is_named_with_a_way_out(environment: dict[str, str]) -> None:
    with socket.socket() as other, Program(COMMAND, environment) as demo:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        assert demo.process.wait(60) == 1
        assert "PORT=" in demo.output()


def a_missing_page(address: str) -> str:
    """What staff see at an address that doesn't exist."""
    cookies = CookieJar()
    staff = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    staff.open(f"{address}/login/").close()
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    login = {
        "username": "frontdesk",
        "password": "demo-clinic",
        "csrfmiddlewaretoken": token,
        "next": "/no/such/page/",
    }
    with pytest.raises(urllib.error.HTTPError) as missing:
        staff.open(f"{address}/login/", data=urlencode(login).encode())
    with missing.value as answer:
        assert answer.code == 404
        return answer.read().decode()


def eventually_no_process_of(folder: Path) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes_of(folder)
