"""Gate B1: no dose without an eligible assessment that is valid on its day."""

from dataclasses import dataclass
from datetime import date

from courses.errors import Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """The newest decision of a course's assessments."""

    decision: str
    assessed_on: date
    valid_until: date | None


def refuse_dose(decision: Decision | None, *, on: date, session: str) -> Refusal | None:
    """Return why a dose may not be confirmed for that local day, if it may not.

    The day is the day of the visit in its site's zone, never the day of booking. A
    later deferral or refusal takes an earlier "eligible" away.
    """
    ask = "Ask the prescriber for an assessment, or hold the time instead."
    if decision is None:
        sentence = f"{session} needs an eligible assessment, and there is none. {ask}"
    elif decision.decision != "eligible":
        said = decision.decision.replace("_", " ")
        sentence = f"{session} can't be booked: the assessment says {said}. {ask}"
    elif decision.valid_until is None or on > decision.valid_until:
        sentence = (
            f"{session} can't be booked for {on:%b} {on.day}: the assessment is valid"
            f" until {decision.valid_until:%b} {decision.valid_until.day}. {ask}"
            if decision.valid_until
            else f"{session} can't be booked: the assessment has no last day. {ask}"
        )
    elif on < decision.assessed_on:
        sentence = f"{session} can't come before the assessment. Choose a later day."
    else:
        return None
    return Refusal(
        rule="gate.assessment", sentence=sentence, session=session, is_hard=True
    )
