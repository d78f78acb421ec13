"""Which visits somebody else serves than the one whom the protocol keeps throughout."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from courses.errors import Refusal
from courses.rules.windows import OVERRIDE
from scheduler.planning.calendar import PlannedClaim, Visit

# A visit, when it begins, and who serves it.
Served = tuple[Visit, datetime, Iterable[PlannedClaim]]


def served_by_others(
    visits: Iterable[Served],
    *,
    keeps: Collection[str],
    kept: Mapping[str, UUID],
    names: Mapping[UUID, str],
) -> tuple[Refusal, ...]:
    """Return a hard deviation for each visit that leaves a kept continuity group."""
    return tuple(
        broken
        for visit, starts_at, claims in visits
        for group in sorted(kept.keys() & set(keeps))
        for broken in _left(visit, starts_at, claims, group, kept[group], names)
    )


def _left(  # noqa: PLR0917
    visit: Visit,
    starts_at: datetime,
    claims: Iterable[PlannedClaim],
    group: str,
    one: UUID,
    names: Mapping[UUID, str],
) -> Iterator[Refusal]:
    parties = {need.party for need in visit.needs if need.continuity == group}
    serving = {c.resource_id: None for c in claims if c.party in parties}
    for other in serving:
        if other != one:
            whom = names.get(one, f"the course's {group}")
            by = names.get(other, "somebody else")
            yield Refusal(
                rule=f"continuity.{group}",
                sentence=(
                    f"{visit.label} is with {by}, but the protocol keeps {whom} as "
                    f"{group} throughout. Choose a time when {whom} is free."
                ),
                session=visit.label,
                resource=by,
                at=starts_at,
                override_by=OVERRIDE,
            )
