"""Web, worker and beat by the words of the Procfile, on this run's own database."""

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

import dev
from scheduler.config.celery import app
from tests import servers
from tests.programs import PATIENCE_SECONDS, Program, status_of
from tests.worker import environment_of_a_process

DISPATCH = "notifications.tasks.dispatch_notifications"
SECONDS_BETWEEN_RINGS = 0.3


class OpenClinic(ExitStack):
    """The three programs, each of which may be killed and started again."""

    def __init__(self, *, smtp_port: int) -> None:
        super().__init__()
        self.port = servers.free_port()
        var = servers.scratch_folder("open-clinic")
        self.doorbell = Doorbell(var)
        environment = {
            **environment_of_a_process(smtp_port=smtp_port),
            "DEBUG": "1",
            "PORT": str(self.port),
            "TELL_AFTER_SECONDS": "1",
            "VAR_DIR": str(var),
            "BROKER_URL": self.doorbell.broker_url,
        }
        self.programs = {
            name: Program(command, environment)
            for name, command in dev.read_procfile(environment).items()
        }

    def __enter__(self) -> "OpenClinic":
        for name in self.programs:
            self.start(name)
        self.wait_for_web()
        return self

    def start(self, name: str) -> None:
        self.enter_context(self.programs[name])

    def kill(self, name: str, *, with_children: bool) -> None:
        self.programs[name].kill(with_children=with_children)

    def wait_for_web(self) -> None:
        assert status_of(f"http://127.0.0.1:{self.port}/readyz") == 200

    def end(self, name: str) -> None:
        assert self.programs[name].end(signal.SIGTERM) == 0

    def wait_until(
        self, is_so: Callable[[], bool], *, ring: Callable[[], None] = lambda: None
    ) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, self.said()
            ring()
            time.sleep(0.002)

    def said(self) -> str:
        return "\n".join(program.output() for program in self.programs.values())


class Doorbell:
    """Asks this clinic's worker to send what is due, more often than beat does.

    The broker is one that no other worker of this test run listens to.
    """

    def __init__(self, var: Path) -> None:
        self._options: dict[str, Any] = {}
        self.broker_url = "filesystem://"
        if settings.BROKER_URL.startswith("filesystem://"):
            messages, control = var / "broker" / "messages", var / "broker" / "control"
            messages.mkdir(parents=True)
            control.mkdir()
            self._options = {
                "data_folder_in": str(messages),
                "data_folder_out": str(messages),
                "control_folder": str(control),
            }
        else:
            self.broker_url = urlsplit(settings.BROKER_URL)._replace(path="/7").geturl()
        self._rung_at = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._rung_at + SECONDS_BETWEEN_RINGS:
            return
        self._rung_at = time.monotonic()
        with app.connection_for_write(
            self.broker_url, transport_options=self._options
        ) as broker:
            app.send_task(DISPATCH, connection=broker, expires=1)
