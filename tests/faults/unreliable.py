"""A real SMTP server that behaves as mail servers do on a bad day."""

import asyncio
from collections import deque

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.mailbox import Mailbox


class UnreliableMailbox(Mailbox):
    """Takes its next answers from `.answers`; when there are none, it accepts.

    "rcpt 451 ..." refuses the recipient, "451 ..." the message; "drop" takes the
    message and breaks the connection; "wait" answers when `.may_go_on` is set.
    """

    def __init__(self, *, linger_seconds: float = 0.0) -> None:
        super().__init__()
        self.answers: deque[str] = deque()
        self.linger_seconds = linger_seconds
        self.is_waiting = False
        self.may_go_on = False

    def message_ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.answers and self.answers[0].startswith("rcpt "):
            return self.answers.popleft().removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.popleft() if self.answers else ""
        if answer and answer not in ("drop", "wait"):
            return answer
        taken = await super().handle_DATA(server, session, envelope)
        if answer == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        await asyncio.sleep(self.linger_seconds)
        while answer == "wait" and not self.may_go_on:
            self.is_waiting = True
            await asyncio.sleep(0.005)
        return taken
