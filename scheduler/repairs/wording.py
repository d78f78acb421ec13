"""What a proposal costs and how much better it has become, in words."""

from collections.abc import Iterator

from courses.rules.wording import counted
from scheduler.planning.crowd import Proposal, Total
from scheduler.planning.filling import GAINS, Filling
from scheduler.planning.objective import Cost, Objective

# One and several of what each term counts. Terms that mean little to people are not
# spoken of.
TERMS = {
    "broken_windows": ("window left", "windows left"),
    "days_outside": ("day outside windows", "days outside windows"),
    "other_therapist": (
        "visit with another therapist",
        "visits with another therapist",
    ),
    "told_again": ("visit at another time", "visits at another time"),
    "not_preferred": ("wish missed", "wishes missed"),
    "finish_day": ("day until treatments end", "days until treatments end"),
    "off_target": ("day off target days", "days off target days"),
    "other_prescriber": (
        "visit with another prescriber",
        "visits with another prescriber",
    ),
    "restaffed": (
        "change of people or rooms at the same time",
        "changes of people or rooms at the same time",
    ),
    "trips": ("trip", "trips"),
}
# These are worth a word only when they change.
ONLY_COMPARED = {"days_outside", "finish_day", "off_target", "trips"}
MOST_COMPARED = 3


def cost_words(proposal: Proposal) -> list[str]:
    """Return what the proposal costs, the most important first."""
    words = []
    if proposal.total.visits:
        are = "stays" if proposal.total.visits == 1 else "stay"
        words.append(f"{counted(proposal.total.visits, 'visit')} {are} without a time")
    words += [
        _amount(getattr(proposal.cost, term), term)
        for term in TERMS
        if getattr(proposal.cost, term) and term not in ONLY_COMPARED
    ]
    return words


def gain_words(objective: Objective, first: Total, now: Total) -> list[str]:
    """Return what is better now than it was first, and what had to give way."""
    words = []
    if first.visits != now.visits:
        less = first.visits - now.visits
        word = "fewer" if less > 0 else "more"
        words.append(f"{abs(less)} {word} {_noun(less, 'visit')} without a time")
    words += _term_gains(objective, first, now)
    return words[:MOST_COMPARED]


def _term_gains(objective: Objective, first: Total, now: Total) -> Iterator[str]:
    for term, was, is_now in zip(objective.order, first.terms, now.terms, strict=True):
        if term in TERMS and was != is_now:
            word = "fewer" if is_now < was else "more"
            yield f"{abs(is_now - was)} {word} {_named(abs(is_now - was), term)}"


def filling_words(filling: Filling) -> Iterator[str]:
    """Yield what a course gains by taking a time, and how many visits move for it."""
    if filling.candidate.is_waiting:
        yield "has no time yet"
    else:
        for term, gain in zip(GAINS, filling.gains, strict=True):
            if gain and term == "finish_day":
                word = "earlier" if gain > 0 else "later"
                yield f"treatment ends {counted(abs(gain), 'day')} {word}"
            elif gain:
                word = "fewer" if gain > 0 else "more"
                yield f"{abs(gain)} {word} {_named(abs(gain), term)}"
    others = filling.plan.cost.told_again - (not filling.candidate.is_waiting)
    if others > 0:
        yield (
            f"{counted(others, 'other visit')} moves too"
            if others == 1
            else (f"{others} other visits move too")
        )


def terms_of(cost: Cost) -> dict[str, int]:
    """Return every term by its name, as other programs read it."""
    return {name: getattr(cost, name) for name in cost.__slots__}


def _amount(count: int, term: str) -> str:
    return f"{count} {_named(count, term)}"


def _named(count: int, term: str) -> str:
    return TERMS[term][0 if count == 1 else 1]


def _noun(count: int, noun: str) -> str:
    return noun if abs(count) == 1 else f"{noun}s"
