"""The broker in a folder outlives programs that were killed while they wrote to it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from scheduler.config.celery import app
from tests import servers
from tests.programs import Program
from tests.worker import environment_of_a_process

TASK = "scheduler.tasks.lapse_expired_holds"


@pytest.fixture
def var() -> Path:
    folder = servers.scratch_folder("folder-broker")
    for name in ("messages", "control"):
        (folder / "broker" / name).mkdir(parents=True)
    return folder


@pytest.fixture
def broker(var: Path) -> Iterator[Connection]:
    folder = var / "broker"
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
    }
    with app.connection_for_write("filesystem://", transport_options=options) as broker:
        yield broker


def test_a_message_comes_out_as_it_went_in_and_in_order(broker: Connection) -> None:
    with broker.SimpleQueue("letters") as letters:
        for number in range(3):
            letters.put({"number": number})
        came = [letters.get(timeout=1) for _ in range(3)]
        assert [message.payload["number"] for message in came] == [0, 1, 2]
        with pytest.raises(Empty):
            letters.get(block=False)


def test_a_queue_that_is_deleted_is_bound_no_more(
    broker: Connection, var: Path
) -> None:
    exchange = var / "broker" / "control" / "replies.exchange"
    with broker.SimpleQueue("replies") as replies:
        assert "replies" in exchange.read_text()
        replies.queue.delete()
        assert exchange.read_text() == "[]"


@pytest.mark.django_db(transaction=True)
def test_files_cut_short_stop_no_worker(broker: Connection, var: Path) -> None:
    folder = var / "broker"
    (folder / "messages" / "0_cut-short.celery.msg").touch()
    (folder / "control" / "celery.exchange").touch()
    environment = {
        **environment_of_a_process(smtp_port=1),
        "BROKER_URL": "filesystem://",
        "VAR_DIR": str(var),
    }
    command = [sys.executable, "-m", "celery", "-A", "scheduler", "worker"]
    command += ["--concurrency=1", "--loglevel=INFO"]
    with Program(command, environment) as worker:
        worker.wait_for("was cut short and is passed over")
        app.send_task(TASK, connection=broker)
        worker.wait_for(rf"Task {TASK}\[\S+\] succeeded")
