"""Wrong settings are named when the program starts, each with its way out."""

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Error,
    Tags,
    Warning,
    register,
    run_checks,
)
from django.core.management.base import SystemCheckError

ONE_MACHINE_HINT = "set ALLOW_SINGLE_MACHINE=1 if web and worker share one machine."
OLDEST_SQLITE = (3, 37, 0)


def refuse_to_serve_when_misconfigured() -> None:
    """A web server never starts on settings that `manage.py check` calls wrong."""
    errors = [message for message in run_checks() if message.is_serious()]
    if errors:
        raise SystemCheckError("\n".join(str(error) for error in errors))


@register(Tags.security)
def one_machine_is_meant(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if settings.DEBUG or settings.ALLOW_SINGLE_MACHINE:
        return []
    messages: list[CheckMessage] = []
    if is_sqlite():
        messages.append(
            Error(
                "DEBUG is off and the database is SQLite.",
                hint=f"Point DATABASE_URL at PostgreSQL, or {ONE_MACHINE_HINT}",
                id="config.E001",
            )
        )
    if settings.BROKER_URL.startswith("filesystem:"):
        messages.append(
            Error(
                "DEBUG is off and the Celery broker is a folder.",
                hint=f"Point BROKER_URL at Redis, or {ONE_MACHINE_HINT}",
                id="config.E002",
            )
        )
    return messages


@register(Tags.compatibility)
def broker_reaches_other_processes(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.BROKER_URL.startswith("memory:"):
        return []
    return [
        Error(
            "BROKER_URL is memory://, which no other process can hear.",
            hint="Use filesystem:// on one machine, or redis://host:6379/0.",
            id="config.E003",
        )
    ]


@register(Tags.urls)
def public_address_is_complete(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    address = urlsplit(settings.PUBLIC_BASE_URL)
    if address.scheme in ("http", "https") and address.hostname:
        return []
    return [
        Error(
            f"PUBLIC_BASE_URL is {settings.PUBLIC_BASE_URL!r}, not a web address.",
            hint="Give scheme and host, such as https://desk.clinic.example",
            id="config.E004",
        )
    ]


@register(Tags.database)
def sqlite_waits_in_line(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not is_sqlite():
        return []
    messages: list[CheckMessage] = []
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        messages.append(
            Error(
                f"SQLite {sqlite3.sqlite_version} is too old.",
                hint="Use a Python with SQLite 3.37 or newer, or PostgreSQL.",
                id="config.E005",
            )
        )
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if options.get("transaction_mode") != "IMMEDIATE":
        messages.append(
            Error(
                "SQLite transactions do not begin as IMMEDIATE.",
                hint="Leave DATABASES as the settings file makes it; without it two "
                "bookers can deadlock.",
                id="config.E006",
            )
        )
    return messages


@register(Tags.security, deploy=True)
def patients_can_be_reached(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if settings.EMAIL_BACKEND == "notifications.channels.eml_folder.EmailBackend":
        messages.append(
            Warning(
                "Mail is written to a folder; patients get none of it.",
                hint="Set EMAIL_URL, such as smtp+tls://user:secret@mail.example:587",
                id="config.W007",
            )
        )
    if settings.CLINIC_DOMAIN.endswith("clinic.example"):
        messages.append(
            Warning(
                "CLINIC_DOMAIN is still the example.",
                hint="Set the clinic's own domain before the first invite goes out: "
                "it is part of every calendar entry for life.",
                id="config.W008",
            )
        )
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        messages.append(
            Warning(
                "PUBLIC_BASE_URL is not https.",
                hint="Links in mail and calendar feeds must be encrypted.",
                id="config.W009",
            )
        )
    return messages


@register(Tags.security, deploy=True)
def patients_are_real(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if not settings.DEMO:
        return []
    return [
        Warning(
            "DEMO is on.",
            hint="A demo's passwords are known to everybody. Take DEMO away.",
            id="config.W010",
        )
    ]


def is_sqlite() -> bool:
    engine: str = settings.DATABASES["default"]["ENGINE"]
    return engine.endswith("sqlite3")
