#!/usr/bin/env python3
"""Every step of setting up, trying and checking this program, in one script.

It needs Python 3.11 or newer and pip, and nothing else: no venv module, no compiler,
no container engine, no root. `make WORD` and `python3 dev.py WORD` are the same.
"""

import contextlib
import ctypes
import difflib
import hashlib
import os
import secrets
import shlex
import shutil
import signal
import socket
import string
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))
LOGINS = {
    "front desk": "frontdesk",
    "clinician": "clinician",
    "manager": "manager",
}
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL and Redis"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_SECONDS = 60
STOP_PATIENCE_SECONDS = 15
PR_SET_PDEATHSIG = 1


Programs = dict[str, subprocess.Popen[bytes]]


class Stop(Exception):
    """Ends the script with a sentence for the person at the keyboard."""


# --- setting up ---------------------------------------------------------------


def setup(arguments: list[str]) -> int:
    """Install what the program needs; `setup --dev` adds what the checks need."""
    install("dev" if "--dev" in arguments else "base")
    return 0


def install(group: str) -> None:
    """The environment holds exactly what requirements/<group>.txt locks."""
    requirements = ROOT / "requirements" / f"{group}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / f"installed-{group}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Installing requirements/{group}.txt into .venv ...")
    if not Path(PYTHON).exists():
        # Debian has the venv module but not ensurepip; pip works from outside.
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet"]
    run([*pip, "--require-hashes", "-r", str(requirements)])
    for old in VENV.glob("installed-*"):
        old.unlink()
    for satisfied in ("base", "dev") if group == "dev" else ("base",):
        text = (ROOT / "requirements" / f"{satisfied}.txt").read_bytes()
        (VENV / f"installed-{satisfied}").write_text(hashlib.sha256(text).hexdigest())


def lock(arguments: list[str]) -> int:
    """Lock again after pyproject.toml changed, and export the requirements."""
    install("dev")
    run([PYTHON, "-m", "uv", "lock", *arguments])
    for name in ("base", "dev"):
        (ROOT / "requirements" / f"{name}.txt").write_text(exported(name))
    return 0


def exported(name: str) -> str:
    command = [PYTHON, "-m", "uv", "export", "--frozen", "--no-emit-project", "--quiet"]
    command += ["--no-default-groups", "--no-header"]
    if name != "base":
        command += ["--group", name]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return result.stdout.decode()


# --- the demo -----------------------------------------------------------------


def demo(arguments: list[str]) -> int:
    """Start a seeded clinic with web, worker and beat; Ctrl-C ends it."""
    install("base")
    port = int(os.environ.get("PORT") or 8000)
    refuse_taken_port(port)
    environment = demo_environment(port)
    run([PYTHON, "manage.py", "prepare_demo"], environment)
    with running(read_procfile(environment), environment) as programs:
        wait_for_first_page(port, programs)
        say(welcome(port, environment["DEMO_PASSWORD"]))
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                refuse_to_go_on_without(programs)
                time.sleep(0.5)
        say("\nStopping ...")
    return 0


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stop(
                f"Port {port} is taken; the demo may already be running. Stop that "
                f"program, or choose another port: PORT={port + 1} make demo"
            ) from error


def demo_environment(port: int) -> dict[str, str]:
    """The demo's settings: made once, kept in var/demo.env, read by manage.py too."""
    remembered = VAR / "demo.env"
    if not remembered.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        remembered.write_text(
            "DEMO=1\n"
            f"SECRET_KEY=demo-only-{secrets.token_urlsafe(40)}\n"
            "TELL_AFTER_SECONDS=10\n"
        )
    lines = remembered.read_text().splitlines()
    environment = dict(line.split("=", 1) for line in lines)
    return {
        "DEMO_PASSWORD": "demo-clinic",
        **os.environ,
        **environment,
        "VAR_DIR": str(VAR),
        "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }


def welcome(port: int, password: str) -> str:
    logins = "\n".join(
        f"  {role:<12}{name:<12}{password}" for role, name in LOGINS.items()
    )
    address = f"http://127.0.0.1:{port}/"
    return (
        f"\nThe clinic is open: {address}\n\n"
        f"  log in as   user name   password\n{logins}\n\n"
        f"Outgoing mail: {address}outbox/ and the files in var/mail/\n"
        "Logs: var/log/. Press Ctrl-C to stop.\n"
    )


def wait_for_first_page(port: int, programs: Programs) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        refuse_to_go_on_without(programs)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30):
                return
        except urllib.error.HTTPError as error:
            raise Stop(
                f"The first page answers {error}. See var/log/web.log."
            ) from error
        except OSError:
            time.sleep(0.05)
    raise Stop("The first page does not answer. See var/log/web.log.")


def read_procfile(environment: dict[str, str]) -> dict[str, list[str]]:
    """The command of each program; web, worker and beat run as in production."""
    commands = {}
    for line in (ROOT / "Procfile").read_text().splitlines():
        name, command = line.split(":", 1)
        words = shlex.split(string.Template(command).substitute(environment))
        commands[name] = [str(VENV / "bin" / words[0]), *words[1:]]
    return commands


@contextlib.contextmanager
def running(
    commands: dict[str, list[str]], environment: dict[str, str]
) -> Iterator[Programs]:
    """All programs run inside the block, and none of them after it."""
    programs: Programs = {}
    (VAR / "log").mkdir(parents=True, exist_ok=True)
    try:
        for name, command in commands.items():
            with (VAR / "log" / f"{name}.log").open("wb") as log:
                programs[name] = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )
        yield programs
    finally:
        for process in programs.values():
            process.terminate()
        for process in programs.values():
            wait_until_gone(process)
        say("All stopped.")


def wait_until_gone(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_PATIENCE_SECONDS)
    # Also ends what a killed program has left behind.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def refuse_to_go_on_without(programs: Programs) -> None:
    for name, process in programs.items():
        if process.poll() is not None:
            lines = (VAR / "log" / f"{name}.log").read_text().splitlines()
            raise Stop("\n".join([*lines[-15:], f"{name} has ended, see var/log/."]))


def die_with_parent() -> None:
    """The kernel ends the child when this script is killed without a word."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# --- tests --------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run all tests on SQLite, then on PostgreSQL with Redis and a real worker."""
    install("dev")
    codes = []
    for engine, title in ENGINES.items():
        say(f"\n=== Tests on {title} ===")
        command = [PYTHON, "-m", "pytest", *arguments]
        codes.append(attempt(command, {"TEST_ENGINE": engine}))
    return max(codes)


def test_browser(arguments: list[str]) -> int:
    """Drive the pages in Debian's Chromium."""
    install("dev")
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM_NAMES)), None
    )
    if not chromium:
        raise Stop(
            "These tests need Chromium. Install it with: "
            "apt-get update && apt-get install --yes chromium"
        )
    command = [PYTHON, "-m", "pytest", "tests/browser", *arguments]
    return attempt(command, {"CHROMIUM": chromium, "TEST_ENGINE": "sqlite"})


def bench(arguments: list[str]) -> int:
    """Measure speed on both engines; var/bench.json keeps the figures."""
    install("dev")
    (VAR / "bench.json").unlink(missing_ok=True)
    command = [PYTHON, "-m", "tests.benchmarks.harness", *arguments]
    # A commit is only a commit when it is on the disk.
    extra = {"TEST_POSTGRESQL_FSYNC": "on"}
    return max(attempt(command, {"TEST_ENGINE": name, **extra}) for name in ENGINES)


# --- checks -------------------------------------------------------------------


def check(arguments: list[str]) -> int:
    """Lint, types, layers, migrations, deploy settings, lock, compose, Dockerfile."""
    install("dev")
    failed = []
    for title, is_well in CHECKS.items():
        if arguments and title not in arguments:
            continue
        say(f"=== {title}")
        if not is_well():
            failed.append(title)
    if failed:
        raise Stop(f"{len(failed)} checks failed: {', '.join(failed)}")
    say("All checks passed.")
    return 0


def tool(*command: str, **extra: str) -> Callable[[], bool]:
    words = [str(VENV / "bin" / command[0]), *command[1:]]
    return lambda: attempt(words, extra) == 0


def lock_is_in_step() -> bool:
    """pyproject.toml, uv.lock and the exported requirements say the same."""
    if attempt([PYTHON, "-m", "uv", "lock", "--check", "--offline", "--quiet"]):
        say("uv.lock is behind pyproject.toml. Run: make lock")
        return False
    for name in ("base", "dev"):
        kept = (ROOT / "requirements" / f"{name}.txt").read_text()
        if difference := "".join(
            difflib.unified_diff(kept.splitlines(True), exported(name).splitlines(True))
        ):
            say(f"{difference}requirements/{name}.txt is out of step. Run: make lock")
            return False
    return True


def is_deployable() -> bool:
    """With the settings of a real clinic Django finds nothing to warn of."""
    production = {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "desk.river-clinic.org",
        "PUBLIC_BASE_URL": "https://desk.river-clinic.org",
        "CLINIC_DOMAIN": "river-clinic.org",
        "DATABASE_URL": "postgresql://clinic@127.0.0.1:1/clinic",
        "BROKER_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp+tls://desk:secret@127.0.0.1:1",
    }
    command = [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return attempt(command, production) == 0


def migrations_are_complete() -> bool:
    command = [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]
    return attempt(command, {"DJANGO_SETTINGS_MODULE": "tests.settings"}) == 0


CHECKS: dict[str, Callable[[], bool]] = {
    "lint": tool("ruff", "check", "."),
    "format": tool("ruff", "format", "--check", "."),
    "types": tool("mypy"),
    "layers": tool("lint-imports", "--no-cache", PYTHONPATH=str(ROOT)),
    "migrations": migrations_are_complete,
    "deploy": is_deployable,
    "lock": lock_is_in_step,
    "compose": tool(
        *("check-jsonschema", "--builtin-schema", "vendor.compose-spec"),
        "docker-compose.yml",
    ),
    "dockerfile": tool("hadolint", "Dockerfile"),
}


def fmt(arguments: list[str]) -> int:
    """Format the code and repair what the linter can repair."""
    install("dev")
    attempt([PYTHON, "-m", "ruff", "check", "--fix", "--quiet", "."])
    return attempt([PYTHON, "-m", "ruff", "format", "."])


# --- running things -----------------------------------------------------------


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise Stop(f"This step failed: {shlex.join(command)}")


def attempt(command: list[str], extra: dict[str, str] | None = None) -> int:
    """The exit code of a step that may fail; a stop asked of us is passed on."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(extra or {})})
    try:
        return process.wait()
    except KeyboardInterrupt as asked:
        # Ctrl-C has reached the step already, as it reaches all of a terminal's.
        if isinstance(asked, Terminated):
            process.send_signal(signal.SIGINT)
        process.wait()
        raise


def say(sentence: str) -> None:
    print(sentence, flush=True)


def show_help(arguments: list[str]) -> int:
    """Show this list."""
    for name, verb in VERBS.items():
        say(f"  make {name:<14}{verb.__doc__}")
    return 0


VERBS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "test": test,
    "test-browser": test_browser,
    "check": check,
    "bench": bench,
    "fmt": fmt,
    "lock": lock,
    "setup": setup,
    "help": show_help,
}


class Terminated(KeyboardInterrupt):
    """Another program asked this one alone to end."""


def interrupt(number: int, frame: object) -> None:
    raise Terminated


def main() -> int:
    signal.signal(signal.SIGTERM, interrupt)
    name, *arguments = sys.argv[1:] or ["help"]
    if name not in VERBS:
        say(f"There is no step called {name}. These exist:")
        return show_help([]) or 2
    try:
        return VERBS[name](arguments)
    except Stop as reason:
        say(str(reason))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
