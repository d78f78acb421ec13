"""What staff see when a page isn't there, isn't theirs, or breaks."""

from uuid import uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from tests.staff_pages import FRONT_DESK, a_client, text_of

pytestmark = pytest.mark.django_db


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A fault of ours.")


urlpatterns = [
    path("breaks/", breaks),
    path("", include("scheduler.config.urls")),
]


@pytest.mark.parametrize("address", [f"/patients/{uuid4()}/", "/no/such/page/"])
def test_what_is_not_there_is_said_with_the_menu_to_go_on_from(address: str) -> None:
    page = a_client(FRONT_DESK).get(address)
    assert page.status_code == 404
    assert "There is nothing at this address" in text_of(page)
    assert 'aria-label="Main"' in page.content.decode()


def test_what_is_not_permitted_is_said_with_the_menu_to_go_on_from() -> None:
    page = a_client(FRONT_DESK).get("/scheduler/site/add/")
    assert page.status_code == 403
    assert "You don't have the permission" in text_of(page)
    assert 'aria-label="Main"' in page.content.decode()


def test_a_fault_of_ours_is_admitted_and_names_no_traceback(
    settings: Settings,
) -> None:
    settings.ROOT_URLCONF = "tests.scheduler.test_error_pages"
    page = Client(raise_request_exception=False).get("/breaks/")
    assert page.status_code == 500
    assert "Something went wrong on our side" in text_of(page)
    assert "RuntimeError" not in text_of(page)
