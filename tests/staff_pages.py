"""Staff in front of the pages: who is signed in, and what a page says in plain text."""

import html
import re

from django.contrib.messages import get_messages
from django.http import HttpResponseBase
from django.test import Client

from scheduler.roles import CLINICIAN, FRONT_DESK, MANAGER
from tests.builders import a_user

__all__ = ["CLINICIAN", "FRONT_DESK", "MANAGER", "a_client", "said", "text_of"]


def a_client(role: str) -> Client:
    """A browser in which a member of that role is signed in."""
    client = Client(raise_request_exception=True)
    client.force_login(a_user(f"user-{role.lower().replace(' ', '-')}", role=role))
    return client


def text_of(response: HttpResponseBase) -> str:
    """The words of a page, without its tags, in single spaces."""
    body = getattr(response, "content", b"").decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def said(response: HttpResponseBase) -> list[str]:
    """The messages that the next page will show."""
    request = getattr(response, "wsgi_request")  # noqa: B009
    return [str(message) for message in get_messages(request)]
