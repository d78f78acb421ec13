"""Mail as files in a folder, for a clinic that tries the program without a server."""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

_UNSAFE = re.compile(r"[^A-Za-z0-9.@_-]+")


class EmailBackend(BaseEmailBackend):
    """Writes each mail whole or not at all, as <timestamp>-<message id>.eml."""

    def __init__(self, folder: str | Path | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.folder = Path(folder or settings.MAIL_FOLDER)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails; those with recipients count as sent."""
        self.folder.mkdir(parents=True, exist_ok=True)
        letters = [message for message in email_messages if message.recipients()]
        for letter in letters:
            self._write(letter)
        return len(letters)

    def _write(self, letter: EmailMessage) -> None:
        message = letter.message()
        known_as = _UNSAFE.sub("", str(message["Message-ID"]))[:120]
        path = self.folder / f"{timezone.now():%Y%m%dT%H%M%S%f}-{known_as}.eml"
        with tempfile.NamedTemporaryFile(
            dir=self.folder, prefix=".writing-", delete=False
        ) as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        # A rename shows a reader the whole mail or none.
        Path(file.name).replace(path)
