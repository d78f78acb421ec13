"""What others wrote is the very file that was looked at when it was taken in."""

import hashlib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# A folder, the name of its license file, and words that stand in it.
VENDORED = [
    (
        ROOT / "scheduler" / "static" / "scheduler" / "vendor",
        "LICENSE-event-calendar.txt",
        "MIT License",
    ),
    (
        ROOT / "tests" / "browser" / "vendor",
        "LICENSE-ical.txt",
        "Mozilla Public License Version 2.0",
    ),
]


@pytest.mark.parametrize(("folder", "license_file", "words"), VENDORED)
def test_every_vendored_file_has_its_digest_and_its_license(
    folder: Path, license_file: str, words: str
) -> None:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    promised = {name: digest for digest, name in (line.split() for line in lines)}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.suffix in {".js", ".css"}
    }
    assert found == promised
    assert words in (folder / license_file).read_text()
