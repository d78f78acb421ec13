"""Gate B1: no dose without an eligible assessment that is valid on its day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from courses.errors import Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """The newest decision of a course's assessments."""

    decision: str
    assessed_on: date
    valid_until: date | None


ASK = "Ask the prescriber for an assessment."
ASK_OR_HOLD = "Ask the prescriber for an assessment, or hold the time instead."
ASK_THEN_CONFIRM = (
    "It stays held until its hold lapses. Ask the prescriber for an assessment, then"
    " confirm it."
)
NONE_CONFIRMED = (
    "None of the holds was confirmed. Ask the prescriber for an assessment, or confirm"
    " the other visits one by one."
)


def refuse_dose(
    decision: Decision | None, *, on: date, session: str, way_out: str = ASK
) -> Refusal | None:
    """Return why a dose may not be confirmed for that local day, if it may not.

    The day is the day of the visit in its site's zone, never the day of booking. A
    later deferral or refusal takes an earlier "eligible" away.
    """
    refusals = refuse_doses(decision, [(session, on)], way_out=way_out)
    return refusals[0] if refusals else None


def refuse_doses(
    decision: Decision | None,
    doses: Iterable[tuple[str, date]],
    *,
    way_out: str = ASK,
) -> tuple[Refusal, ...]:
    """Return why some of these doses may not be confirmed: one refusal per reason."""
    refused: dict[str, list[tuple[str, date]]] = {}
    for session, on in doses:
        why = _why_not(decision, on)
        if why:
            refused.setdefault(why, []).append((session, on))
    return tuple(
        Refusal(
            rule="gate.assessment",
            sentence=f"{_named(group)} cleared: {why} {way_out}",
            session=group[0][0],
            is_hard=True,
        )
        for why, group in refused.items()
    )


def _why_not(decision: Decision | None, on: date) -> str:
    if decision is None:
        return "an eligible assessment is needed, and there is none."
    if decision.decision != "eligible":
        said = decision.decision.replace("_", " ")
        return f"the assessment says {said}."
    if decision.valid_until is None:
        return "the assessment has no last day."
    if on > decision.valid_until:
        return f"the assessment is valid until {_day(decision.valid_until)}."
    if on < decision.assessed_on:
        return f"the assessment is of {_day(decision.assessed_on)}, after that day."
    return ""


def _named(doses: list[tuple[str, date]]) -> str:
    (label, first), (_, last) = doses[0], doses[-1]
    if len(doses) == 1:
        return f"{label} on {_day(first)} isn't"
    return f"{label} and {len(doses) - 1} more, {_day(first)} to {_day(last)}, aren't"


def _day(on: date) -> str:
    return f"{on:%b} {on.day}"
