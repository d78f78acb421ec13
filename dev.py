#!/usr/bin/env python3
"""Every step of setting up, trying and checking this program, in one script.

It needs Python 3.11 or newer and pip, and nothing else: no venv module, no compiler.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def install(group: str) -> None:
    """The environment holds exactly what requirements/<group>.txt locks."""
    requirements = ROOT / "requirements" / f"{group}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / f"installed-{group}.txt"
    if stamp.exists() and stamp.read_text() == digest:
        return
    if not PYTHON.exists():
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    run(
        [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet"]
        + ["--require-hashes", "-r", str(requirements)]
    )
    stamp.write_text(digest)


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    install("dev")
