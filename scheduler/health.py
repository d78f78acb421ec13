"""Two addresses for machines: is this process alive, and can it serve?

Answered before host names, sessions and redirects are looked at, because a container
asks its own process over plain HTTP by number.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from scheduler.config.celery import app

logger = logging.getLogger(__name__)

BROKER_PATIENCE_SECONDS = 2


class Unready(Exception):
    """A part that the clinic needs does not answer as it must."""


class AnswerHealthProbes:
    """`/healthz`: the process answers. `/readyz`: so do all that it depends on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"alive": True})
        if request.path == "/readyz":
            return readiness()
        return self.get_response(request)


def readiness() -> JsonResponse:
    """200 when database, migrations and broker are well, else 503 and which is not."""
    probes = {
        "database": probe_database,
        "migrations": probe_migrations,
        "broker": probe_broker,
    }
    wells = {name: is_well(name, probe) for name, probe in probes.items()}
    return JsonResponse(wells, status=200 if all(wells.values()) else 503)


def is_well(name: str, probe: Callable[[], None]) -> bool:
    try:
        probe()
    except Exception:
        logger.exception("Not ready: %s", name)
        return False
    return True


def probe_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def probe_migrations() -> None:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unready(f"{len(missing)} migrations are not applied: run migrate")


def probe_broker() -> None:
    if settings.BROKER_URL.startswith("filesystem://"):
        if not (settings.BROKER_FOLDER / "messages").is_dir():
            raise Unready(f"The broker folder {settings.BROKER_FOLDER} is missing")
        return
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_PATIENCE_SECONDS)
