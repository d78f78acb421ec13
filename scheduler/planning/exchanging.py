"""In which order the courses of a proposal can take their new times.

A course may be planned onto time that another one gives up, so it comes after that
one; courses that take each other's times can only do so together.
"""

from collections.abc import Collection, Mapping

from scheduler.planning.sharing import Claims, do_clash

Needed = Mapping[str, frozenset[str]]


def needed_by(plans: Mapping[str, Claims], standing: Mapping[str, Claims]) -> Needed:
    """Return for each planned course whose present time its plan needs."""
    return {
        key: frozenset(
            other
            for other, held in standing.items()
            if other != key and do_clash(claims, held)
        )
        for key, claims in plans.items()
    }


def without_leave(chosen: Collection[str], needed: Needed) -> dict[str, frozenset[str]]:
    """Return which of the chosen courses can't go, and for lack of which others."""
    going = set(chosen)
    held_up: dict[str, frozenset[str]] = {}
    while lacking := {key: needed[key] - going for key in going if needed[key] - going}:
        held_up |= lacking
        going -= lacking.keys()
    return held_up


def in_order(chosen: Collection[str], needed: Needed) -> list[tuple[str, ...]]:
    """Return the chosen courses, each after those that it needs; a ring is one group.

    Whatever a chosen course needs is chosen too.
    """
    reached = {key: _reached(key, needed) for key in chosen}
    groups = {
        tuple(sorted(o for o in chosen if o == key or _is_ring(o, key, reached)))
        for key in chosen
    }
    # Who needs more of the others comes later; a ring reaches itself.
    return sorted(groups, key=lambda group: (len(reached[group[0]]), group))


def _is_ring(one: str, other: str, reached: Mapping[str, set[str]]) -> bool:
    return one in reached[other] and other in reached[one]


def _reached(key: str, needed: Needed) -> set[str]:
    found: set[str] = set()
    todo = [key]
    while todo:
        for other in needed.get(todo.pop(), frozenset()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found
