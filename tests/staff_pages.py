"""Staff in front of the pages: who is signed in, and what a page says in plain text."""

import html
import re
from html.parser import HTMLParser

from django.contrib.messages import get_messages
from django.http import HttpResponseBase
from django.test import Client

from scheduler.roles import CLINICIAN, FRONT_DESK, MANAGER
from tests.builders import a_user

__all__ = [
    "CLINICIAN",
    "FRONT_DESK",
    "MANAGER",
    "a_client",
    "fields_of",
    "said",
    "text_of",
]


def a_client(role: str) -> Client:
    """A browser in which a member of that role is signed in."""
    client = Client(raise_request_exception=True)
    client.force_login(a_user(f"user-{role.lower().replace(' ', '-')}", role=role))
    return client


def text_of(response: HttpResponseBase) -> str:
    """The words of a page, without its tags, in single spaces."""
    body = getattr(response, "content", b"").decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def fields_of(response: HttpResponseBase) -> dict[str, str]:
    """What a browser would send if somebody pressed the button without typing."""
    parser = _Fields()
    parser.feed(getattr(response, "content", b"").decode())
    return parser.values


class _Fields(HTMLParser):
    """Reads the fields of a page's forms; a later field of the same name wins."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in found:
            self.values[self.select] = found.get("value") or ""
        elif tag == "input" and name:
            is_box = found.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in found:
                self.values[name] = found.get("value") or ("on" if is_box else "")


def said(response: HttpResponseBase) -> list[str]:
    """The messages that the next page will show."""
    request = getattr(response, "wsgi_request")  # noqa: B009
    return [str(message) for message in get_messages(request)]
