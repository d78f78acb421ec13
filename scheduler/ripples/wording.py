"""Says in words what a ripple does, what it costs, and who hears of it."""

from collections import Counter
from collections.abc import Iterator

from courses.rules.wording import counted
from scheduler.planning.problem import TREATMENT
from scheduler.planning.wording import day_text
from scheduler.ripples.diff import (
    CANCELLED,
    MOVED,
    PLACED,
    RELEASED,
    RESTAFFED,
    Ripple,
    RippleDiff,
)

NO_MAIL = "The patient gets no e-mail. Call about these changes."
NOTHING_TOLD = "No message goes: nothing that the patient was told changes."


def headline(diff: RippleDiff) -> str:
    """Return what happens, in one line."""
    verbs = (
        (diff.moved, "moves", "move"),
        (diff.restaffed, "gets other people or rooms", "get other people or rooms"),
        (diff.placed, "is new", "are new"),
        (diff.cancelled, "is canceled", "are canceled"),
        (diff.released, "loses its time", "lose their times"),
    )
    said = [
        f"{counted(len(visits), 'visit')} {one if len(visits) == 1 else many}"
        for visits, one, many in verbs
        if visits
    ]
    return ", ".join(said) or "No visit changes"


def costs(diff: RippleDiff) -> list[str]:
    """Return what the change costs the patient and the clinic, in sentences."""
    return list(_costs(diff))


def _costs(diff: RippleDiff) -> Iterator[str]:
    if diff.moved:
        visits = counted(len(diff.moved), "visit")
        yield f"{visits} at another time than the patient was told."
    end = _end_of_treatment(diff.ripple)
    if end:
        yield end
    if diff.cost.other_therapist:
        visits = counted(diff.cost.other_therapist, "visit")
        yield f"{visits} with somebody else than the course's therapist."
    if diff.broken:
        rules = counted(len(diff.broken), "rule")
        yield f"{rules} broken that {'was' if len(diff.broken) == 1 else 'were'} kept."


def _end_of_treatment(ripple: Ripple) -> str:
    visits = [visit for visit in ripple.visits if visit.kind in TREATMENT]
    before = [v.before.placement.on for v in visits if v.before is not None]
    after = [v.after.placement.on for v in visits if v.after is not None]
    if not before or not after or max(before) == max(after):
        return ""
    days = (max(after) - max(before)).days
    side = "later" if days > 0 else "earlier"
    return (
        f"Treatment ends {counted(abs(days), 'day')} {side}: on "
        f"{day_text(max(after))}, not {day_text(max(before))}."
    )


def messages(diff: RippleDiff) -> list[str]:
    """Return which messages go to whom, in sentences."""
    if not diff.messages:
        return [NOTHING_TOLD]
    if not all(message.recipient for message in diff.messages):
        return [NO_MAIL]
    kinds = Counter(
        (m.recipient, "updated invite" if m.is_update else _NOUNS[m.kind])
        for m in diff.messages
    )
    return [
        f"{counted(count, noun)} to {recipient}."
        for (recipient, noun), count in kinds.items()
    ]


_NOUNS = {"invite": "invite", "cancel": "cancellation"}


def happened(ripple: Ripple) -> str:
    """Return what was done, for the page that comes after it."""
    verbs = (
        (MOVED, "is moved", "are moved"),
        (RESTAFFED, "has other people or rooms", "have other people or rooms"),
        (PLACED, "is new", "are new"),
        (CANCELLED, "is canceled", "are canceled"),
        (RELEASED, "has lost its time", "have lost their times"),
    )
    said = [
        f"{counted(number, 'visit')} {one if number == 1 else many}"
        for outcome, one, many in verbs
        for number in [len(ripple.of(outcome))]
        if number
    ]
    return ", ".join(said) or "Every visit stays as it was"
