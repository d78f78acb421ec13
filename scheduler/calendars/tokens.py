"""Secrets that stand in addresses. Only their hashes are kept."""

import secrets
from hashlib import sha256

_BYTES = 32


def new_token() -> str:
    """Return 256 random bits as they stand in an address."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """Return what is kept of a token. Plain hashing is enough for so many bits."""
    return sha256(token.encode()).hexdigest()
