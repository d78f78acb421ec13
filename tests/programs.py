"""Whole programs started as a person or a container would start them."""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from tests import servers

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 90


class Program:
    """One process with its output in a file; gone at the end of the `with` block."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.command = command
        self.environment = environment
        self.log = servers.scratch_folder("program") / "log"

    def __enter__(self) -> "Program":
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                preexec_fn=servers.die_with_parent(signal.SIGTERM),
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        servers.stop(self.process, signal.SIGTERM)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern: str) -> str:
        """What the program printed, once it matches."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.output()):
                return found[0]
            assert self.process.poll() is None, f"It has ended:\n{self.output()}"
            time.sleep(0.05)
        raise AssertionError(f"It never printed {pattern!r}:\n{self.output()}")

    def kill(self, *, with_children: bool = True) -> None:
        """It is gone without a word; its children too, as in a power cut."""
        end = os.killpg if with_children else os.kill
        end(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, ask: signal.Signals) -> int:
        """The exit code after it was asked to end."""
        self.process.send_signal(ask)
        return self.process.wait(PATIENCE_SECONDS)


def status_of(url: str) -> int:
    """The status that a page answers, as soon as anything answers at all."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} never answered")


def processes_of(folder: Path) -> dict[int, str]:
    """Number and command line of all processes that keep their data in the folder."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
        if int(entry.name) != os.getpid() and str(folder).encode() in environment:
            found[int(entry.name)] = command.replace(b"\0", b" ").decode()
    return found
