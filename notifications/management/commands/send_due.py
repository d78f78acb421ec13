"""Plans and sends what is due, in a loop of its own that needs no broker."""

import signal
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from courses.actors import Actor
from notifications.actions.dispatch_notifications import dispatch_notifications
from notifications.actions.plan_notifications import plan_notifications

DEFAULT_PAUSE_SECONDS = 15.0
_LOOK_EVERY_SECONDS = 0.2


class Command(BaseCommand):
    help = "Plan and send the messages that are due. With --loop, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="Go on until stopped.")
        parser.add_argument(
            "--every",
            type=float,
            default=DEFAULT_PAUSE_SECONDS,
            metavar="SECONDS",
            help="The pause between two looks (default: %(default)s).",
        )

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Look once, or again and again until a signal asks for the end."""
        self._is_over = not loop
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        while True:
            self._look()
            if self._is_over:
                return
            self._pause(every)

    def _look(self) -> None:
        actor = Actor.system("send_due")
        planned = plan_notifications(actor=actor, now=timezone.now())
        sent = dispatch_notifications(actor=actor, now=timezone.now())
        if planned or sent or self._is_over:
            self.stdout.write(f"Planned {planned}, sent {sent}.")

    def _pause(self, seconds: float) -> None:
        # The monotonic clock: setting the wall clock back must not stop the mail.
        until = time.monotonic() + seconds
        while not self._is_over and time.monotonic() < until:
            time.sleep(min(_LOOK_EVERY_SECONDS, seconds))

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_over = True
