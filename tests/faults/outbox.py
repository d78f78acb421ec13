"""Messages that are due, written as planning leaves them, and senders to lose."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from courses.models import Session
from notifications.models import Notification
from scheduler.models import Appointment
from tests.builders import NOW, a_course, a_session, a_site, an_integration
from tests.servers import die_with_parent
from tests.worker import environment_of_a_process

LEASE_AND_MORE = timedelta(seconds=130)


def due_messages(number: int) -> list[Notification]:
    """Invitations to that many appointments of one patient, due at `NOW`."""
    site = a_site()
    first = a_session(a_course(), an_integration())
    sessions = Session.objects.bulk_create(
        Session(
            course=first.course,
            visit_type=first.visit_type,
            label=f"Visit {place}",
            position=place,
        )
        for place in range(1, number + 1)
    )
    appointments = Appointment.objects.bulk_create(
        Appointment(
            session=session,
            patient=first.course.patient,
            site=site,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            status="booked",
            revised_at=NOW,
            created_at=NOW,
        )
        for session, starts_at in zip(sessions, _starts(), strict=False)
    )
    return Notification.objects.bulk_create(map(_invitation, appointments))


def _starts() -> Iterator[datetime]:
    starts_at = NOW + timedelta(days=2)
    while True:
        yield starts_at
        starts_at += timedelta(hours=1)


def _invitation(appointment: Appointment) -> Notification:
    return Notification(
        appointment=appointment,
        revision=0,
        sequence=0,
        uid=appointment.uid,
        rule_code="invite",
        kind="invite",
        recipient=appointment.patient.email,
        shows_starts_at=appointment.starts_at,
        shows_ends_at=appointment.ends_at,
        shows_site=appointment.site,
        planned_at=NOW,
        due_at=NOW,
        expires_at=appointment.starts_at,
        stamped_at=NOW,
    )


class Sender:
    """A process that sends what is due at `now`, as the product's own does."""

    def __init__(self, *, smtp_port: int, now: datetime) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.send_once", now.isoformat()],
            env=environment_of_a_process(smtp_port=smtp_port),
            cwd=Path(__file__).parents[2],
            preexec_fn=die_with_parent(signal.SIGKILL),
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Stop it as a power cut does: nothing is finished, nothing is said."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def finish(self) -> None:
        assert self._process.wait() == 0

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def __enter__(self) -> "Sender":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.is_running:
            self.kill()
