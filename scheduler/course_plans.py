"""From a course in the database to a plan that can be booked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from courses.errors import Refusal
from courses.rules.shapes import Placement
from scheduler.models import Site
from scheduler.planning.calendar import PlannedClaim, Visit
from scheduler.planning.objective import Cost


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """Where one session goes, who serves it, and why there."""

    session_id: UUID
    label: str
    starts_at: datetime
    ends_at: datetime
    claims: tuple[PlannedClaim, ...]
    visit: Visit
    reason: str = ""


@dataclass(frozen=True)
class CoursePlan:
    """A complete plan of a course at one site: no other plan costs less.

    `pinned` are the placements that the plan was made around, by session key; when
    they have changed, the plan is outdated. `kept` names the resource of each
    continuity group, such as the therapist.
    """

    course_id: UUID
    site: Site
    visits: tuple[PlannedVisit, ...]
    cost: Cost
    pinned: Mapping[str, Placement] = field(default_factory=dict)
    kept: Mapping[str, UUID] = field(default_factory=dict)
    deviations: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Infeasible:
    """There is no plan, and what stands in the way of one."""

    refusals: tuple[Refusal, ...]
