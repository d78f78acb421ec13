"""Who does something: a member of staff, or a named part of the system."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change, as history keeps it."""

    user: "User | None"
    label: str

    @classmethod
    def staff(cls, user: "User") -> Self:
        """Return the actor for a signed-in member of staff."""
        return cls(user=user, label=user.get_full_name() or user.get_username())

    @classmethod
    def system(cls, name: str) -> Self:
        """Return the actor for a task or a command, named as in its code."""
        return cls(user=None, label=name)
