"""Fixtures that every test may use: real mail server, real worker, clean tables."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker, Settings

from tests import guarded_flush
from tests.mailbox import Mailbox
from tests.worker import Worker

guarded_flush.allow()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def smtp_server(mail_server: Mailbox, settings: Settings) -> Mailbox:
    """An empty mailbox behind real SMTP; Django sends there during the test."""
    mail_server.empty()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = mail_server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    return mail_server


@pytest.fixture(scope="session")
def worker_process(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, mail_server: Mailbox
) -> Iterator[Worker]:
    with Worker(smtp_port=mail_server.port) as worker:
        yield worker


@pytest.fixture
def celery_worker(
    transactional_db: None, worker_process: Worker, smtp_server: Mailbox
) -> Worker:
    """A real worker on the test database; its mail arrives in `smtp_server`.

    The broker is Redis in the PostgreSQL pass and a folder in the SQLite pass.
    """
    return worker_process


@pytest.fixture(autouse=True)
def quiet_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test's commit wakes the worker of another test, which lives in today."""
    from notifications import doorbell

    monkeypatch.setattr(doorbell, "_last_rung", float("inf"))
