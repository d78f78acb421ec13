"""Where the visits of a course stand, and where they would go: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.rules.shapes import Placement
from scheduler.planning.calendar import PlannedClaim


@dataclass(frozen=True, slots=True)
class Place:
    """When and where a visit is, and who serves each of its parties."""

    starts_at: datetime
    ends_at: datetime
    site_id: int
    zone: ZoneInfo
    serving: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def placement(self) -> Placement:
        """Return the time as the rules of windows want it."""
        return Placement(self.starts_at, self.ends_at, self.zone)

    def is_when_and_where(self, other: "Place") -> bool:
        """Tell whether the patient would notice no difference."""
        mine = (self.starts_at, self.ends_at, self.site_id)
        return mine == (other.starts_at, other.ends_at, other.site_id)


@dataclass(frozen=True, slots=True)
class SessionNow:
    """A session of the course, as far as it matters for placing it."""

    key: str
    label: str
    position: int
    status: str
    kind: str
    visit_type_id: int
    is_placed: bool

    @property
    def name(self) -> str:
        """Return what tells the session from the others, also before it is real."""
        return f"{self.position} {self.label}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A live appointment as it was read; `is_to_come` until it begins."""

    appointment_id: UUID
    key: str
    status: str
    revision: int
    place: Place
    claims: tuple[PlannedClaim, ...]
    is_to_come: bool
