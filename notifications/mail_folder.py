"""Reads the folder into which a trial clinic's mail is written."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

SHOWN_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail as it left, ready to be shown."""

    name: str
    headers: tuple[tuple[str, str], ...]
    text: str
    calendar: str

    @property
    def subject(self) -> str:
        """Return the subject line."""
        return dict(self.headers).get("Subject", "")

    @property
    def to(self) -> str:
        """Return the recipients."""
        return dict(self.headers).get("To", "")


def mail_names(folder: Path) -> list[str]:
    """Return the names of the mails in the folder, newest first."""
    if not folder.is_dir():
        return []
    return sorted((path.name for path in folder.glob("*.eml")), reverse=True)


def read_mail(folder: Path, name: str) -> StoredMail | None:
    """Return the mail of that name.

    Only names that the folder itself lists are read, so no name leads out of it.
    """
    if name not in mail_names(folder):
        return None
    path = folder / name
    if path.is_symlink():
        return None
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return StoredMail(
        name=name,
        headers=tuple(
            (header, str(message[header]))
            for header in SHOWN_HEADERS
            if message[header]
        ),
        text=_first_part(message, "text/plain"),
        calendar=_first_part(message, "text/calendar"),
    )


def _first_part(message: EmailMessage, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type:
            content = part.get_content()
            return (
                content
                if isinstance(content, str)
                else content.decode(errors="replace")
            )
    return ""
