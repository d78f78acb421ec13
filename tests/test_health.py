"""Machines ask two addresses whether the program lives and whether it can serve."""

import pytest
from django.test import Client
from pytest_django import Settings


def test_a_living_process_says_so_under_any_host_name(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200


@pytest.mark.django_db
def test_a_migrated_program_with_its_broker_is_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.json() == {"database": True, "migrations": True, "broker": True}
    assert response.status_code == 200


@pytest.mark.django_db
def test_a_broker_that_is_gone_is_named(client: Client, settings: Settings) -> None:
    settings.BROKER_URL = "filesystem://"
    settings.BROKER_FOLDER = settings.VAR_DIR / "a folder that is not there"
    response = client.get("/readyz")
    assert response.json() == {"database": True, "migrations": True, "broker": False}
    assert response.status_code == 503


def test_every_page_forbids_inline_script_and_framing(client: Client) -> None:
    policy = client.get("/healthz/nothing-here").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
