"""What every guard can say about itself."""

from typing import Protocol


class Guard(Protocol):
    """Something in the database that refuses, or follows up, a change."""

    @property
    def name(self) -> str:
        """Return the sentence that it keeps, as a name."""

    @property
    def table(self) -> str:
        """Return the table that it stands on."""

    def name_on(self, vendor: str) -> str:
        """Return its own name in such a database; empty where it isn't needed."""

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that install it."""

    def removal(self, vendor: str) -> list[str]:
        """Return the statements that take it away again."""
