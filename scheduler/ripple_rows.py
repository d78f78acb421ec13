"""A ripple's visits as the page lists them: before and after, on the site's clock."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from scheduler.models import Appointment, Resource, Site
from scheduler.ripples.diff import CANCELLED, KEPT, RELEASED, RippleDiff, VisitChange
from scheduler.ripples.standing import Place
from scheduler.site_clock import on_clock

_WORDS = {
    "moved": "moves",
    "restaffed": "other people or rooms",
    "placed": "new",
    "cancelled": "canceled",
    "released": "waits",
    "kept": "stays",
}


@dataclass(frozen=True)
class ShownPlace:
    """A time on the site's clock, and who serves."""

    starts: datetime
    ends: datetime
    site: str
    who: str


@dataclass(frozen=True)
class ShownVisit:
    """One row of the diff: a visit before and after."""

    label: str
    outcome: str
    word: str
    before: ShownPlace | None
    after: ShownPlace | None
    is_held: bool
    why: str
    broken: tuple[str, ...]
    says_site: bool = False


def diff_rows(diff: RippleDiff) -> list[ShownVisit]:
    """Return every visit in the order of time (two queries)."""
    ripple = diff.ripple
    places = [p for v in ripple.visits for p in (v.before, v.after) if p is not None]
    resources = {who for place in places for who in place.serving.values()}
    names = dict(Resource.objects.filter(pk__in=resources).values_list("pk", "name"))
    sites = dict(Site.objects.values_list("pk", "name"))
    ordered = sorted(
        ripple.visits, key=lambda v: (v.after or v.before or places[0]).starts_at
    )
    is_at_several = len({place.site_id for place in places}) > 1
    rows = (_row(visit, diff, names, sites) for visit in ordered)
    return [replace(row, says_site=is_at_several) for row in rows]


def _row(
    visit: VisitChange, diff: RippleDiff, names: dict[UUID, str], sites: dict[int, str]
) -> ShownVisit:
    def place(at: Place | None) -> ShownPlace | None:
        if at is None:
            return None
        who = dict.fromkeys(names[resource] for resource in at.serving.values())
        return ShownPlace(
            starts=on_clock(at.starts_at, at.zone),
            ends=on_clock(at.ends_at, at.zone),
            site=sites[at.site_id],
            who=", ".join(who),
        )

    before, after = place(visit.before), place(visit.after)
    broken = tuple(b.sentence for b in diff.broken if b.session == visit.label)
    says_why = visit.outcome not in (KEPT, CANCELLED, RELEASED)
    return ShownVisit(
        label=visit.label,
        outcome=visit.outcome,
        word=_WORDS[visit.outcome],
        before=before,
        after=after,
        is_held=visit.status == Appointment.Status.HELD,
        # What it breaks says why it lies where it lies, and better.
        why=visit.why if says_why and not broken else "",
        broken=broken,
    )


def broken_elsewhere(diff: RippleDiff, rows: list[ShownVisit]) -> list[str]:
    """Return what is broken about visits that have no row of their own."""
    shown = {row.label for row in rows if row.outcome != KEPT}
    return [broken.sentence for broken in diff.broken if broken.session not in shown]


def session_changes(diff: RippleDiff, rows: list[ShownVisit]) -> list[str]:
    """Return what happens to sessions that no row of the table shows."""
    shown = {row.label for row in rows}
    return [
        f"{label} {what}."
        for labels, what in (
            (diff.left_out, "is left out"),
            (diff.added, "is added, and needs no appointment"),
        )
        for label in labels
        if label not in shown
    ]
