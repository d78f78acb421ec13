"""A session that does once more what a step of the protocol says."""

from collections.abc import Iterable
from dataclasses import replace

from courses.rules.shapes import StepShape


def repeated(
    step: StepShape,
    *,
    code: str,
    name: str,
    anchor: str,
    pair_of: str = "",
    therapy: str = "",
    protocol: Iterable[StepShape] = (),
) -> StepShape:
    """Return the step once more, counted from another anchor.

    Where the protocol lets a dose wait for the therapy of the dose before it, `therapy`
    is what this one waits for.
    """
    follows = anchor if step.after == step.anchor else ""
    waits = any(
        pair.pair_of == step.anchor
        and (
            (pair.before == step.code and pair.is_before_hard)
            or step.after == pair.code
        )
        for pair in protocol
    )
    return replace(
        step,
        code=code,
        name=name,
        anchor=anchor,
        pair_of=pair_of,
        after=therapy if waits and therapy else follows,
        before=anchor if step.before and step.before == step.anchor else "",
    )
