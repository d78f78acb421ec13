"""Why a visit can't be held at a time: which rule, which resource, what to do instead.

Asked only after `staffing` has found no way, so this may take its time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from courses.errors import Refusal
from scheduler.planning.calendar import Need, ResourceCalendar, Visit
from scheduler.planning.free_time import FreeTime, FreeTimes
from scheduler.planning.staffing import (
    ANYBODY,
    Keeping,
    candidates_for,
    patient_is_free,
    units_at,
)
from scheduler.planning.wording import clock_text, day_text, listed, span_text

MOST_NAMED = 4
_IN_SHORT = {
    "credential.not_valid": "without a valid credential",
    "resource.not_open": "outside working hours",
    "resource.closed": "closed",
    "resource.taken": "taken",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    free: FreeTimes
    visit: Visit
    begin: int

    def refused(self, rule: str, sentence: str, resource: str = "") -> Refusal:
        return Refusal(
            rule=rule,
            sentence=sentence,
            session=self.visit.label,
            resource=resource,
            at=self.free.timeline.instant(self.begin),
            # What to do is the last sentence of each.
            relaxation=sentence.rstrip(".").rpartition(". ")[2],
        )

    def skills(self, needs: tuple[Need, ...]) -> str:
        name = self.free.calendars.capability_name
        return " and ".join(dict.fromkeys(name(need.capability) for need in needs))


def refusals_of(
    free: FreeTimes,
    visit: Visit,
    begin: int,
    fixed: Mapping[str, UUID],
    keeping: Keeping = ANYBODY,
) -> tuple[Refusal, ...]:
    """Return every reason, at least one, why the visit can't begin at this minute."""
    asked = _Asked(free, visit, begin)
    if begin < 0 or begin + visit.reach > free.timeline.minutes:
        return (_unread(asked),)
    refusals: list[Refusal] = []
    if not patient_is_free(free, visit, begin):
        refusals.append(_patient_elsewhere(asked))
    for party, needs in visit.parties:
        kept = keeping.only(needs)
        only = fixed.get(party, kept)
        if kept is not None and kept != only:
            refusals.append(_not_kept(asked, party, kept))
            continue
        able = candidates_for(free.calendars, needs, only)
        if not able:
            refusals.append(_nobody(asked, party, needs, only))
        elif all(units_at(free[r.resource_id], needs, begin) is None for r in able):
            refusals.append(
                _none_free(asked, [free[r.resource_id] for r in able], needs)
            )
    return tuple(refusals) or (_too_few(asked),)


def _not_kept(asked: _Asked, party: str, kept: UUID) -> Refusal:
    resource = asked.free.calendars.by_id.get(kept)
    name = resource.name if resource else f"the course's {party}"
    return asked.refused(
        "continuity.kept",
        f"{name} serves every visit of this course, as its protocol says. "
        f"Choose {name}, or ask for a plan with another {party}.",
        name,
    )


def _unread(asked: _Asked) -> Refusal:
    calendars = asked.free.calendars
    first, last = day_text(calendars.first_on), day_text(calendars.last_on)
    return asked.refused(
        "calendar.out_of_range",
        f"{asked.visit.label} doesn't lie between {first} and {last}. "
        "Choose a time in that range.",
    )


def _patient_elsewhere(asked: _Asked) -> Refusal:
    end = asked.begin + asked.visit.patient_minutes
    span = span_text(asked.free.timeline, asked.begin, end)
    calendars, line = asked.free.calendars, asked.free.timeline
    there = calendars.on_the_way(line.instant(asked.begin), line.instant(end))
    if there and not asked.visit.is_remote:
        way = calendars.travel_between(calendars.site, there)
        return asked.refused(
            "patient.travelling",
            f"A visit {span} leaves the patient too little time: another one is at "
            f"{calendars.site_name(there)}, {way} minutes away. Choose another time, "
            "or move that visit first.",
        )
    return asked.refused(
        "patient.elsewhere",
        f"The patient has another appointment {span}. Choose another time, or move "
        "that appointment first.",
    )


def _nobody(
    asked: _Asked, party: str, needs: tuple[Need, ...], only: UUID | None
) -> Refusal:
    skills, here = asked.skills(needs), asked.free.calendars.here
    chosen = asked.free.calendars.by_id.get(only) if only else None
    if chosen is not None:
        sentence = f"{chosen.name} can't serve as {skills}. Choose somebody else."
    elif only is not None:
        sentence = f"The chosen {party} isn't {here} then. Choose somebody else."
    else:
        units = max(need.units for need in needs)
        enough = f" with {units} units" if units > 1 else ""
        sentence = (
            f"Nobody and nothing {here} serves as {skills}{enough} in this time. "
            "Choose another site, or ask a manager to add one."
        )
    name = chosen.name if chosen else ""
    return asked.refused("capability.missing", sentence, name)


def _none_free(
    asked: _Asked, times: list[FreeTime], needs: tuple[Need, ...]
) -> Refusal:
    """Say why the only one can't, or of several how many can't for which reason."""
    unable = [_unable(asked, time, needs) for time in times]
    if len(unable) == 1:
        return unable[0]
    rules: dict[str, list[str]] = {}
    for refusal in unable:
        rules.setdefault(refusal.rule, []).append(refusal.resource)
    why = ", ".join(
        f"{_named(names)} {_IN_SHORT[rule]}"
        for rule, names in sorted(rules.items(), key=lambda item: -len(item[1]))
    )
    local = asked.free.timeline.local(asked.begin)
    return asked.refused(
        next(iter(rules)) if len(rules) == 1 else "resource.none_free",
        f"{asked.skills(needs)}: none of the {len(unable)} is free for "
        f"{asked.visit.label} at {clock_text(local)} on {day_text(local.date())} "
        f"({why}). Choose another time.",
    )


def _named(names: list[str]) -> str:
    """Return the names, or how many there are where they would fill a page."""
    return listed(names) if len(names) <= MOST_NAMED else str(len(names))


def _unable(asked: _Asked, time: FreeTime, needs: tuple[Need, ...]) -> Refusal:
    name = time.resource.name
    for rule, sentence in _obstacles(asked, time, needs):
        return asked.refused(rule, sentence, name)
    return asked.refused(
        "resource.taken",
        f"{name} has too few free units for {asked.visit.label}. Choose another time.",
        name,
    )


def _obstacles(
    asked: _Asked, time: FreeTime, needs: tuple[Need, ...]
) -> Iterator[tuple[str, str]]:
    name = time.resource.name
    for need in needs:
        if not time.valid(need.capability) >> asked.begin & 1:
            yield _invalid(asked, time.resource, need)
    for need in needs:
        start = asked.begin + need.starts_after
        end = start + need.minutes
        wanted = (1 << end) - (1 << start)
        said = span_text(asked.free.timeline, start, end)
        if wanted & ~time.open:
            yield (
                "resource.not_open",
                f"{name} is outside working hours {said}. "
                "Choose a time inside them, or somebody else.",
            )
        elif wanted & time.closed:
            yield (
                "resource.closed",
                f"{name} is closed {said}. Choose another time, or end the closure.",
            )
        elif _free_units(time, start, end) < need.units:
            yield (
                "resource.taken",
                f"{name} is taken {said}. "
                f"Choose another time or another {asked.skills((need,))}.",
            )


def _free_units(time: FreeTime, start: int, end: int) -> int:
    units = range(time.resource.capacity)
    return sum(time.is_free(unit, start, end) for unit in units)


def _invalid(asked: _Asked, resource: ResourceCalendar, need: Need) -> tuple[str, str]:
    day = day_text(asked.free.timeline.local(asked.begin).date())
    return (
        "credential.not_valid",
        f"{resource.name}'s credential as {asked.skills((need,))} isn't valid on "
        f"{day}. Choose somebody else, or another day.",
    )


def _too_few(asked: _Asked) -> Refusal:
    names = [party.replace("-", " ") for party, _ in asked.visit.parties]
    return asked.refused(
        "resource.too_few",
        f"{asked.visit.label} needs {' and '.join(names)} at once, each somebody or "
        "something else, and there are too few free. Choose another time.",
    )
