"""The front desk at work over HTTP, with a server that may vanish at any moment."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.utils.timezone import now

from courses.models import Session
from scheduler.models import Appointment, AppointmentEvent, Site
from tests.programs import PATIENCE_SECONDS

CLOCKS = ("08:00", "10:30", "13:00", "15:30")
DONE, REFUSED = 302, 200


@dataclass(frozen=True)
class Step:
    """One change of a visit that the desk asked for."""

    kind: str
    starts_at: datetime


@dataclass
class Visit:
    """A session with what its desk knows to have happened to it, in order."""

    session_id: UUID
    steps: list[Step] = field(default_factory=list)


class Desk(threading.Thread):
    """Books, moves and cancels its own visits until told to stop.

    An answer that was lost is looked up once the server is back, as staff would do:
    what was asked for is then wholly there, or was never done.
    """

    def __init__(self, *, port: int, site: Site, sessions: list[Session]) -> None:
        super().__init__()
        self.chance = random.Random(sessions[0].course.patient.email)
        self.staff = SignedIn(port)
        self.site = site
        self.visits = [Visit(session.pk) for session in sessions]
        self.answered = self.lost = 0
        self.surprises: list[str] = []
        self.is_closing = threading.Event()

    def run(self) -> None:
        try:
            while not self.is_closing.is_set():
                self._change(self.chance.choice(self.visits))
        finally:
            connection.close()

    def _change(self, visit: Visit) -> None:
        last = visit.steps[-1] if visit.steps else None
        if last is None or last.kind == "cancelled":
            self._ask(visit, "booked", f"/sessions/{visit.session_id}/place/")
            return
        kind = self.chance.choice(("moved", "moved", "cancelled"))
        here = Appointment.objects.get(session=visit.session_id, status="booked")
        verb = "move" if kind == "moved" else "cancel"
        address = f"/appointments/{here.pk}/{verb}/"
        self._ask(visit, kind, address, revision=here.revision)

    def _ask(self, visit: Visit, kind: str, address: str, **more: object) -> None:
        last = visit.steps[-1].starts_at if visit.steps else now()
        day, clock, starts_at = self._another_time(visit)
        form = {"site": self.site.pk, "on": day, "at": clock, "reason": "Ill", **more}
        status = self.staff.post(address, form)
        step = Step(kind, last if kind == "cancelled" else starts_at)
        if status is None:
            self.lost += 1
            self.staff.wait_for_the_server()
            if self._was_done(visit, step):
                visit.steps.append(step)
            return
        self.answered += 1
        if status == DONE:
            visit.steps.append(step)
        elif status != REFUSED:
            self.surprises.append(f"{address} answered {status}")

    def _another_time(self, visit: Visit) -> tuple[str, str, datetime]:
        """A time at which this visit never was: going back owes no message."""
        been = {step.starts_at for step in visit.steps}
        while True:
            today = now().astimezone(self.site.zone).date()
            day = today + timedelta(days=self.chance.randint(20, 200))
            clock = self.chance.choice(CLOCKS)
            starts_at = datetime.fromisoformat(f"{day}T{clock}").replace(
                tzinfo=self.site.zone
            )
            if starts_at not in been:
                return day.isoformat(), clock, starts_at

    def _was_done(self, visit: Visit, step: Step) -> bool:
        found = list(history_of(visit))
        if found == visit.steps:
            return False
        if found != [*visit.steps, step]:
            self.surprises.append(f"{step} became {found[len(visit.steps) :]}")
        return True


def history_of(visit: Visit) -> Iterator[Step]:
    """What the database remembers of it, to be compared with what the desk knows."""
    events = AppointmentEvent.objects.filter(appointment__session=visit.session_id)
    starts_at = now()
    for event in events.order_by("pk"):
        if event.kind != "cancelled":
            starts_at = _start_after(event)
        yield Step(event.kind, starts_at)


def _start_after(event: AppointmentEvent) -> datetime:
    details = event.details.get("after", event.details)
    return datetime.fromisoformat(details["starts_at"])


class SignedIn:
    """A member of staff who is signed in at the web server, over plain HTTP."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: SimpleCookie = SimpleCookie()
        assert self._ask("GET", "/login/") == 200
        form = {"username": "desk", "password": "secret", "next": "/"}
        assert self.post("/login/", form) == DONE

    def post(self, address: str, form: Mapping[str, object]) -> int | None:
        """The status of the answer, or None when there was no whole answer."""
        token = self.cookies["csrftoken"].value
        body = urlencode({**form, "csrfmiddlewaretoken": token})
        try:
            return self._ask("POST", address, body)
        except (OSError, HTTPException):
            return None

    def wait_for_the_server(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                assert self._ask("GET", "/readyz") == 200
            except (OSError, HTTPException):
                time.sleep(0.02)
            else:
                return
        raise AssertionError("The web server never came back.")

    def _ask(self, method: str, address: str, body: str = "") -> int:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(
                f"{name}={self.cookies[name].value}"
                for name in ("csrftoken", "sessionid")
                if name in self.cookies
            ),
        }
        web = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        with closing(web):
            web.request(method, address, body, headers)
            answer = web.getresponse()
            answer.read()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        return answer.status
