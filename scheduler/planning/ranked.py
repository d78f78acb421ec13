"""A sequence that is worked out as far as somebody looks."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Ranked(Generic[Item]):
    """Items from the best on, each worked out when first asked for, and only once."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._ahead = items
        self._known: list[Item] = []

    def __iter__(self) -> Iterator[Item]:
        number = 0
        while number < len(self._known) or self._more():
            yield self._known[number]
            number += 1

    def _more(self) -> bool:
        for item in self._ahead:
            self._known.append(item)
            return True
        return False
