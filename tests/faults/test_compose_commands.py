"""No image can be built on every machine, so the compose file's own words are run."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from ruamel.yaml import YAML

from tests import servers
from tests.programs import ROOT, Program, status_of

SERVICES = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]


def command_of(service: str) -> list[str]:
    """The service's command line, found in this environment instead of the image's."""
    program, *arguments = shlex.split(SERVICES[service]["command"])
    return [str(Path(sys.executable).parent / program), *arguments]


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    server = servers.postgresql_url()
    name = f"clinic_as_composed_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "a-key-that-lives-as-long-as-this-test-" + "x" * 30,
        "DATABASE_URL": f"{server.rpartition('/')[0]}/{name}",
        "BROKER_URL": servers.redis_url(),
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "VAR_DIR": str(servers.scratch_folder("composed")),
        "STATIC_ROOT": str(servers.scratch_folder("static")),
    }
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_web_worker_and_beat_run_by_the_words_of_the_compose_file(
    environment: dict[str, str],
) -> None:
    subprocess.run(command_of("migrate"), env=environment, cwd=ROOT, check=True)
    port = servers.free_port()
    web_command = [
        word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command_of("web")
    ]
    with (
        Program(web_command, environment) as web,
        Program(command_of("worker"), environment) as worker,
        Program(command_of("beat"), environment) as beat,
    ):
        assert status_of(f"http://127.0.0.1:{port}/readyz") == 200

        worker.wait_for(r"celery@\S+ ready")
        ping = [*command_of("worker")[:3], "inspect", "ping", "--timeout", "10"]
        answer = subprocess.run(
            ping, env=environment, cwd=ROOT, check=True, capture_output=True
        )
        assert b"pong" in answer.stdout

        beat.wait_for("Sending due task notifications.plan")
        worker.wait_for(r"notifications\.tasks\.plan_notifications\[\S+\] succeeded")

        assert beat.end(signal.SIGTERM) == 0
        assert worker.end(signal.SIGTERM) == 0
        assert web.end(signal.SIGTERM) == 0
        assert not Path(environment["VAR_DIR"], "broker").exists()


def test_the_web_server_refuses_a_configuration_that_check_calls_wrong(
    environment: dict[str, str],
) -> None:
    wrong = {**environment, "PUBLIC_BASE_URL": "the front desk"}
    command = [*command_of("web"), "--check-config"]
    answer = subprocess.run(
        command, env=wrong, cwd=ROOT, capture_output=True, check=False
    )
    assert answer.returncode != 0
    assert b"config.E004" in answer.stderr
