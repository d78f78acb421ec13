"""A real Celery worker process on the broker and the database of this test run."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import connection

from scheduler.config.celery import app
from tests import servers

PATIENCE_SECONDS = 60


class TaskFailed(AssertionError):
    """The worker ran the task and it raised, or it never came to an end."""


class Worker:
    """Runs tasks in its own process; `.run` returns when the task has ended there."""

    def __init__(self, *, smtp_port: int) -> None:
        self.log = servers.scratch_folder("worker") / "log"
        self._environment = environment_of_a_process(smtp_port=smtp_port)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, task: str, **arguments: Any) -> None:
        """The task has succeeded in the worker, or `TaskFailed` carries its log."""
        identity = app.send_task(task, kwargs=arguments).id
        outcome = self._wait_for(rf"\[{identity}\] (succeeded|raised|failed)")
        if "succeeded" not in outcome:
            raise TaskFailed(f"{task} failed in the worker:\n{self._logged()}")

    def kill(self) -> None:
        """The worker is gone without a word, as when its machine loses power."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def start(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "scheduler", "worker"]
        command += ["--concurrency=1", "--loglevel=INFO", "--without-gossip"]
        command += ["--without-mingle"]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[1],
                preexec_fn=servers.die_with_parent(signal.SIGTERM),
                start_new_session=True,
            )
        self._wait_for(r"celery@\S+ ready\.")

    def __enter__(self) -> "Worker":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            servers.stop(self._process, signal.SIGTERM)

    def _wait_for(self, pattern: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = re.search(pattern, self._logged())
            if found:
                return found[0]
            if self._process is None or self._process.poll() is not None:
                raise TaskFailed(f"The worker has ended:\n{self._logged()}")
            time.sleep(0.02)
        raise TaskFailed(f"Nothing like {pattern!r} happened:\n{self._logged()}")

    def _logged(self) -> str:
        return self.log.read_text(errors="replace")


def environment_of_a_process(*, smtp_port: int) -> dict[str, str]:
    """What a product process needs to work on this run's servers and test database."""
    environment = dict(os.environ)
    environment.pop("EMAIL_BACKEND", None)
    environment.update(
        DJANGO_SETTINGS_MODULE="scheduler.config.settings",
        DATABASE_URL=database_url(),
        EMAIL_URL=f"smtp://127.0.0.1:{smtp_port}",
        PYTHONWARNINGS="default",
    )
    return environment


def database_url() -> str:
    """The address of the test database, not of the one it was made beside."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server: str = settings.DATABASE_URL.rpartition("/")[0]
    return f"{server}/{name}"
