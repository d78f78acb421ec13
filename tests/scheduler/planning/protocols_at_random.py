"""Protocols of real size made at random: doses, and what hangs on them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from courses.rules.shapes import SessionShape, SpacingShape, StepShape
from scheduler.planning.calendar import Need, Visit

DOSES = ("infusion-40", "kap-injection")
BESIDE = ("integration", "integration", "integration", "review", "safety-call", "alone")
OWN_TYPES = (
    # Nobody is needed, such as a questionnaire in the waiting room.
    Visit("alone", "Questionnaire", "measure", 20, ()),
    Visit(
        "long-therapy",
        "Long therapy",
        "therapy",
        90,
        (
            Need("therapist", "therapist", 0, 100, 1, "therapist"),
            Need("room", "consulting-room", 0, 90),
            Need("prescriber", "prescriber", 75, 15, 1, "prescriber"),
        ),
    ),
)

Planned = tuple[StepShape, str]


def a_random_protocol(
    random: Random, shipped: Mapping[str, Visit]
) -> tuple[tuple[SessionShape, ...], tuple[SpacingShape, ...], dict[str, Visit]]:
    """Sessions, spacing rules, and the visit of each session that has a place."""
    types = {**shipped, **{visit.key: visit for visit in OWN_TYPES}}
    doses = random.randint(2, 7)
    gap = random.choice((2, 3, 4, 7))
    kind = random.choice(DOSES)
    planned = list(_before(random)) if random.random() < 0.7 else []
    for number in range(1, doses + 1):
        planned.append((_dose(random, number, gap), kind))
        for _ in range(random.choice((0, 1, 1, 2))):
            beside = _beside(random, f"B{len(planned)}", number, doses)
            planned.append((beside, random.choice((*BESIDE, "long-therapy"))))
    if random.random() < 0.7:
        step = StepShape("END", "END", "", anchor=f"D{doses}", after=f"D{doses}")
        planned.append((_within(random, step, 1, 7), "end-review"))
    sessions = tuple(
        SessionShape(
            f"session {step.code}",
            step.code,
            types[code].kind,
            replace(step, kind=types[code].kind),
        )
        for step, code in planned
    )
    visits = {
        session.key: replace(types[code], key=session.key, label=session.label)
        for session, (_, code) in zip(sessions, planned, strict=True)
    }
    return sessions, tuple(_spacing(random, doses, gap)), visits


def _within(random: Random, step: StepShape, least: int, most: int) -> StepShape:
    earliest, target, latest = sorted(random.randint(least, most) for _ in range(3))
    return replace(step, earliest=earliest, target=target, latest=latest)


def _before(random: Random) -> Iterator[Planned]:
    step = StepShape("SCR", "SCR", "", anchor="D1", before="D1", is_hard=True)
    yield replace(step, earliest=-20, target=-10, latest=-2), "assessment"
    for number in range(random.randint(0, 2)):
        code = f"PREP{number}"
        step = StepShape(code, code, "", anchor="D1", after="SCR", before="D1")
        yield _within(random, step, -12, 0), "preparation"


def _dose(random: Random, number: int, gap: int) -> StepShape:
    code = f"D{number}"
    if number == 1:
        return StepShape(code, code, "")
    anchor = f"D{number - 1}"
    step = StepShape(code, code, "", anchor=anchor, is_hard=random.random() < 0.3)
    if random.random() < 0.2:
        # By the clock: from the end of the dose before.
        hours = 24 * gap
        return replace(
            step,
            anchor_edge="end",
            unit="hours",
            earliest=hours - random.choice((6, 24)),
            target=hours,
            latest=hours + random.choice((12, 48)),
        )
    earliest = max(1, gap - random.choice((0, 0, 1)))
    latest = gap + random.choice((1, 2, 3))
    after = anchor if random.random() < 0.5 else ""
    return replace(step, earliest=earliest, target=gap, latest=latest, after=after)


def _beside(random: Random, code: str, number: int, doses: int) -> StepShape:
    dose, following = f"D{number}", f"D{number + 1}"
    step = StepShape(
        code,
        code,
        "",
        anchor=dose,
        anchor_edge=random.choice(("start", "end")),
        is_hard=random.random() < 0.3,
        pair_of=dose if random.random() < 0.4 else "",
        before=following if number < doses and random.random() < 0.3 else "",
        is_allowed_on_dosing_day=random.random() < 0.5,
        is_before_hard=random.random() < 0.7,
        maximum_hours=random.choice((0, 0, 0, 0, 30, 72)),
    )
    which = random.random()
    if which < 0.25:
        earliest = random.choice((0, 2, 16, 20, 24))
        latest = earliest + random.choice((10, 24, 48))
        target = random.randint(earliest, latest)
        return replace(
            step, unit="hours", earliest=earliest, target=target, latest=latest
        )
    if which < 0.35:
        step = _within(random, replace(step, pair_of=""), -3, 0)
        return replace(step, before=dose if random.random() < 0.5 else "")
    hours = random.choice((0, 0, 16, 30))
    if step.maximum_hours:
        hours = min(hours, step.maximum_hours - 12)
    return _within(random, replace(step, minimum_hours=hours), 0, 4)


def _spacing(random: Random, doses: int, gap: int) -> Iterator[SpacingShape]:
    if random.random() < 0.6:
        yield SpacingShape("minimum_gap", max(1, gap - 1), None, random.random() < 0.7)
    if random.random() < 0.4:
        count = random.choice((1, 2, 3))
        yield SpacingShape("most_in_days", 7, count, random.random() < 0.5)
    if random.random() < 0.5:
        span = gap * (doses - 1) + random.choice((0, 3, 7))
        yield SpacingShape("longest_span", span, None, random.random() < 0.5)
    if random.random() < 0.3:
        days = random.choice((1, 2))
        is_hard = random.random() < 0.5
        yield SpacingShape("minimum_gap", days, None, is_hard, "integration")
