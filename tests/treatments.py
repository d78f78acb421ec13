"""What kinds of visit and which protocols the tests' clinic knows."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from courses.models import (
    Capability,
    Protocol,
    ProtocolStep,
    ResourceNeed,
    SpacingRule,
    VisitPhase,
    VisitType,
)

PUBLISHED_AT = datetime(2026, 1, 5, tzinfo=UTC)

_numbers = itertools.count(1)


def a_capability(code: str) -> Capability:
    """The capability of that code; made once."""
    name = code.replace("-", " ").capitalize()
    return Capability.objects.get_or_create(code=code, defaults={"name": name})[0]


def a_visit_type(
    code: str,
    *,
    kind: str,
    route: str = "",
    phases: Sequence[tuple[str, int, bool]],
    needs: Sequence[tuple[str, str, int, int, int]],
) -> VisitType:
    """The visit type of that code, made once.

    Phases are (name, minutes, patient present); needs are (party, capability,
    starts after, minutes, units).
    """
    visit_type, is_new = VisitType.objects.get_or_create(
        code=code,
        defaults={
            "name": code.replace("-", " ").capitalize(),
            "kind": kind,
            "route": route,
            "source": "test",
        },
    )
    if not is_new:
        return visit_type
    for position, (name, minutes, is_present) in enumerate(phases):
        VisitPhase.objects.create(
            visit_type=visit_type,
            position=position,
            name=name,
            minutes=minutes,
            is_patient_present=is_present,
        )
    for party, capability, starts_after, minutes, units in needs:
        ResourceNeed.objects.create(
            visit_type=visit_type,
            party=party,
            capability=a_capability(capability),
            starts_after_minutes=starts_after,
            minutes=minutes,
            units=units,
            continuity="therapist" if party == "therapist" else "none",
        )
    return visit_type


def an_infusion() -> VisitType:
    """40 minutes of dose in 130 of patient time; the chair is held for 150."""
    return a_visit_type(
        "infusion-40",
        kind="dosing",
        route="iv",
        phases=(
            ("Preparation", 20, True),
            ("Dose", 40, True),
            ("Recovery", 60, True),
            ("Release", 10, True),
            ("Turnover", 20, False),
        ),
        needs=(
            ("chair", "infusion-chair", 0, 150, 1),
            ("nurse", "monitoring-nurse", 0, 60, 2),
            ("nurse", "monitoring-nurse", 60, 70, 1),
            ("prescriber", "prescriber", 20, 10, 1),
            ("prescriber", "prescriber", 125, 5, 1),
        ),
    )


def an_integration() -> VisitType:
    return _a_talk("integration", kind="integration")


def a_preparation() -> VisitType:
    return _a_talk("preparation", kind="preparation")


def _a_talk(code: str, *, kind: str) -> VisitType:
    return a_visit_type(
        code,
        kind=kind,
        phases=(("Talk", 60, True),),
        needs=(
            ("therapist", "kap-therapist", 0, 60, 1),
            ("room", "therapy-room", 0, 60, 1),
        ),
    )


def an_assessment_visit() -> VisitType:
    return a_visit_type(
        "assessment",
        kind="assessment",
        phases=(("Assessment", 60, True),),
        needs=(("prescriber", "prescriber", 0, 60, 1),),
    )


def a_protocol(
    *, doses: int = 6, code: str = "", status: str = "published"
) -> Protocol:
    """A preparation, then `doses` infusions 2 to 4 days apart, each with its pair."""
    protocol = Protocol.objects.create(
        code=code or f"protocol-{next(_numbers)}", name="Infusions", source="test"
    )
    first = _a_step(protocol, "D1", 1, an_infusion())
    _a_step(protocol, "PREP1", 0, a_preparation(), anchor=first, window=(-7, -21, -1))
    dose = first
    for number in range(1, doses + 1):
        if number > 1:
            code = f"D{number}"
            dose = _a_step(
                protocol,
                code,
                number * 2 - 1,
                an_infusion(),
                anchor=dose,
                window=(2, 2, 4),
            )
        pair = _a_step(
            protocol,
            f"INT{number}",
            number * 2,
            an_integration(),
            anchor=dose,
            window=(1, 1, 3),
        )
        pair.pair_of = dose
        pair.save(update_fields=["pair_of"])
    SpacingRule.objects.create(
        protocol=protocol, kind="most_in_days", days=7, count=3, source="test"
    )
    if status != "draft":
        Protocol.objects.filter(pk=protocol.pk).update(
            status=status, published_at=PUBLISHED_AT
        )
        protocol.refresh_from_db()
    return protocol


def _a_step(
    protocol: Protocol,
    code: str,
    position: int,
    visit_type: VisitType,
    *,
    anchor: ProtocolStep | None = None,
    window: tuple[int, int, int] = (0, 0, 0),
) -> ProtocolStep:
    target, earliest, latest = window
    return ProtocolStep.objects.create(
        protocol=protocol,
        code=code,
        position=position,
        name=code,
        visit_type=visit_type,
        anchor=anchor,
        target=target,
        earliest=earliest,
        latest=latest,
        source="test",
    )
