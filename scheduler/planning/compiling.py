"""From a course to the relations between its placed sessions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, pairwise

from courses.rules.resting import Finding
from courses.rules.resting import resting_on as resting_on
from courses.rules.shapes import CourseShape, SessionShape, SpacingShape, StepShape
from courses.rules.spacing import reach_of
from courses.rules.wording import counted
from scheduler.planning.relations import (
    FAR,
    Apart,
    Deviating,
    InOrder,
    LeastHours,
    MostHours,
    NotTogether,
    RatherInOrder,
    Relation,
    Spacing,
    WindowInDays,
    WindowInHours,
)


def relations_of(
    course: CourseShape,
    placed: Collection[str],
    deviating: Deviating,
    tails: Mapping[tuple[str, str], int],
    *,
    pinned: Mapping[str, int] | None = None,
    floor: int = 0,
) -> Iterator[Relation]:
    """Yield every rule between two of the placed sessions, named by their keys.

    `pinned` has the days of those that have their time; before `floor` all is over.
    `tails` says how long one session's claims may bar another after the patient left.
    """
    sessions = [session for session in course.sessions if session.key in placed]
    codes = course.by_code()
    for session in sessions:
        if session.step is None:
            continue
        step = resting_on(session.step, codes.get, placed)
        anchor = codes.get(step.anchor)
        if anchor is not None:
            yield from _anchored(session, step, anchor, deviating)
        yield from _ordered(session, step, codes.get, placed, deviating)
    yield from _dosing_days(sessions)
    turns = partial(_in_turn, pinned=pinned or {}, floor=floor)
    for some in course.in_order():
        yield from _kept_in_order(turns([s for s in some if s.key in placed]))
    for rule in course.spacing:
        among = turns([session for session in sessions if rule.counts(session)])
        yield from _spaced(rule, among, deviating)
    yield from _one_place(sessions, tails)


def _anchored(
    session: SessionShape, step: StepShape, anchor: SessionShape, deviating: Deviating
) -> Iterator[Relation]:
    said = (
        f"{session.label} belongs {step.earliest} to {step.latest} {step.unit} "
        f"from {anchor.label}"
    )
    if step.unit == "days":
        yield WindowInDays(
            first=anchor.key,
            second=session.key,
            rule="window.anchor",
            said=said,
            target=step.target,
            earliest=step.earliest,
            latest=step.latest,
            is_hard=step.is_hard,
            deviating=deviating,
        )
    else:
        yield WindowInHours(
            first=anchor.key,
            second=session.key,
            rule="window.anchor",
            said=said,
            target=step.target,
            earliest=step.earliest,
            latest=step.latest,
            is_from_end=step.anchor_edge == "end",
            is_hard=step.is_hard,
            deviating=deviating,
        )
    if step.minimum_hours:
        yield LeastHours(
            first=anchor.key,
            second=session.key,
            rule="window.minimum_hours",
            said=f"{session.label} waits {counted(step.minimum_hours, 'hour')} "
            f"after {anchor.label}",
            hours=step.minimum_hours,
            deviating=deviating,
        )
    if step.maximum_hours:
        yield MostHours(
            first=anchor.key,
            second=session.key,
            rule="window.maximum_hours",
            said=f"{session.label} waits at most "
            f"{counted(step.maximum_hours, 'hour')} after {anchor.label}",
            hours=step.maximum_hours,
        )


def _ordered(
    session: SessionShape,
    step: StepShape,
    find: Finding,
    placed: Collection[str],
    deviating: Deviating,
) -> Iterator[Relation]:
    first, pair, last = find(step.after), find(step.pair_of), find(step.before)
    if first is not None and first.key in placed:
        said = f"{session.label} comes after {first.label}"
        yield InOrder(first.key, session.key, "window.after", said)
    if pair is not None and pair.key in placed and pair is not first:
        said = f"{session.label} belongs to {pair.label} and comes after it"
        yield InOrder(pair.key, session.key, "window.pair", said)
    if last is not None and last.key in placed:
        said = f"{session.label} comes before {last.label}"
        ends = session.key, last.key
        if step.is_before_hard:
            yield InOrder(*ends, "window.before", said)
        else:
            yield RatherInOrder(*ends, "window.before", said, deviating)


def _dosing_days(sessions: Sequence[SessionShape]) -> Iterator[Relation]:
    doses = [session for session in sessions if session.kind == "dosing"]
    for session in sessions:
        if session.step is None or session.step.is_allowed_on_dosing_day:
            continue
        for dose in doses:
            if dose.key != session.key:
                said = f"{session.label} is never on the day of {dose.label}"
                yield NotTogether(dose.key, session.key, "window.dosing_day", said)


def _in_turn(
    sessions: Sequence[SessionShape], pinned: Mapping[str, int], floor: int
) -> list[SessionShape]:
    """Return sessions of one kind as they follow each other in time, if it is known.

    Those that have their day come by it, though a dose that was missed may have been
    made up for after the next one. The others keep their place in the course, and come
    after all that is over.
    """
    turn = sorted(
        (session for session in sessions if session.key in pinned),
        key=lambda session: pinned[session.key],
    )
    for number, session in enumerate(sessions):
        if session.key in pinned:
            continue
        before = set(sessions[:number])
        place = 1 + max(
            (
                at
                for at, other in enumerate(turn)
                if other in before or pinned.get(other.key, floor) < floor
            ),
            default=-1,
        )
        turn.insert(place, session)
    return turn


def _kept_in_order(sessions: Sequence[SessionShape]) -> Iterator[Relation]:
    for earlier, later in pairwise(sessions):
        said = f"{later.label} comes after {earlier.label}"
        yield InOrder(earlier.key, later.key, f"{later.kind}.order", said)


def _spaced(
    rule: SpacingShape, among: Sequence[SessionShape], deviating: Deviating
) -> Iterator[Relation]:
    reach = reach_of(rule, len(among))
    if reach < 1:
        return
    is_span = rule.kind == "longest_span"
    for first, last in zip(among, among[reach:], strict=False):
        limit = "at most" if is_span else "at least"
        yield Spacing(
            first=first.key,
            second=last.key,
            rule=f"spacing.{rule.kind}",
            said=f"{last.label} is {limit} {counted(rule.days, 'day')} after"
            f" {first.label}",
            least=-FAR if is_span else rule.days,
            most=rule.days if is_span else FAR,
            is_hard=rule.is_hard,
            deviating=deviating,
        )


def _one_place(
    sessions: Sequence[SessionShape], tails: Mapping[tuple[str, str], int]
) -> Iterator[Relation]:
    for one, other in combinations(sessions, 2):
        yield Apart(
            first=one.key,
            second=other.key,
            rule="patient.elsewhere",
            said=f"{one.label} and {other.label} can't be at the same time",
            first_tail=tails.get((one.key, other.key), 0),
            second_tail=tails.get((other.key, one.key), 0),
        )
