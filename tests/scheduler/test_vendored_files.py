"""The calendar widget is the very file that was looked at when it was taken in."""

import hashlib
from pathlib import Path

from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "scheduler" / "static" / "scheduler" / "vendor"


def test_every_vendored_file_has_the_digest_that_was_written_down() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    promised = {name: digest for digest, name in (line.split() for line in lines)}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.suffix in {".js", ".css"}
    }
    assert found == promised


def test_the_license_stands_beside_it() -> None:
    assert "MIT License" in (VENDOR / "LICENSE-event-calendar.txt").read_text()
