"""Puts the shipped visit types and protocols into the clinic's own tables.

What is there already stays as the clinic made it, so it may run after every upgrade.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from courses.actions.publish_protocol import publish_protocol
from courses.actors import Actor
from courses.errors import LibraryUnreadable
from courses.history import record_of_clinic
from courses.library.entries import Library, ProtocolEntry, VisitTypeEntry
from courses.models import (
    Capability,
    ClinicEvent,
    Protocol,
    ProtocolStep,
    ResourceNeed,
    SpacingRule,
    VisitPhase,
    VisitType,
)
from courses.transactions import action


@dataclass(slots=True)
class Installed:
    """What was added."""

    capabilities: list[Capability] = field(default_factory=list)
    visit_types: list[VisitType] = field(default_factory=list)
    protocols: list[Protocol] = field(default_factory=list)


@action
def install_library(*, library: Library, actor: Actor, now: datetime) -> Installed:
    """Every capability, visit type and protocol of the library exists; all of its
    protocols are published. History says what was added, if anything was.

    A row with the same code (for a protocol: and version) is left as it is. Raises
    LibraryUnreadable when a value doesn't fit, and ProtocolInvalid when nobody could
    follow a protocol.
    """
    added = Installed()
    capabilities = {
        capability.code: capability for capability in Capability.objects.all()
    }
    for entry in library.capabilities:
        if entry.code not in capabilities:
            capability = Capability(code=entry.code, name=entry.name)
            _checked(capability, entry.code).save(force_insert=True)
            capabilities[entry.code] = capability
            added.capabilities.append(capability)
    visit_types = {
        visit_type.code: visit_type for visit_type in VisitType.objects.all()
    }
    for visit in library.visit_types:
        if visit.code not in visit_types:
            visit_types[visit.code] = _install_visit_type(visit, capabilities)
            added.visit_types.append(visit_types[visit.code])
    for protocol in library.protocols:
        known = Protocol.objects.filter(code=protocol.code, version=protocol.version)
        if not known.exists():
            draft = _install_draft(protocol, visit_types)
            publish_protocol(protocol=draft, actor=actor, now=now)
            added.protocols.append(draft)
    _remember(added, actor, now)
    return added


def _remember(added: Installed, actor: Actor, now: datetime) -> None:
    codes: dict[str, object] = {
        "capabilities": [row.code for row in added.capabilities],
        "visit_types": [row.code for row in added.visit_types],
        "protocols": [f"{row.code} {row.version}" for row in added.protocols],
    }
    if any(codes.values()):
        record_of_clinic(
            ClinicEvent.Kind.LIBRARY_INSTALLED,
            subject="Library",
            details=codes,
            actor=actor,
            now=now,
        )


def _install_visit_type(
    entry: VisitTypeEntry, capabilities: Mapping[str, Capability]
) -> VisitType:
    visit_type = VisitType(
        code=entry.code,
        name=entry.name,
        kind=entry.kind,
        route=entry.route,
        is_placed=entry.is_placed,
        is_remote=entry.is_remote,
        source=entry.source,
    )
    _checked(visit_type, entry.code).save(force_insert=True)
    VisitPhase.objects.bulk_create(
        _checked(
            VisitPhase(
                visit_type=visit_type,
                position=position,
                name=phase.name,
                minutes=phase.minutes,
                is_patient_present=phase.is_patient_present,
            ),
            entry.code,
        )
        for position, phase in enumerate(entry.phases)
    )
    ResourceNeed.objects.bulk_create(
        _checked(
            ResourceNeed(
                visit_type=visit_type,
                party=need.party,
                capability=_named(capabilities, need.capability, entry.code),
                starts_after_minutes=need.at[0],
                minutes=need.at[1],
                units=need.at[2],
                continuity=need.continuity,
            ),
            entry.code,
        )
        for need in entry.needs
    )
    return visit_type


def _install_draft(
    entry: ProtocolEntry, visit_types: Mapping[str, VisitType]
) -> Protocol:
    protocol = Protocol(
        code=entry.code,
        version=entry.version,
        name=entry.name,
        summary=entry.summary,
        source=entry.source,
        keeps_therapist=entry.keeps_therapist,
        finishes_early=entry.finishes_early,
        interval_by_order=entry.interval_by_order,
    )
    _checked(protocol, entry.code).save(force_insert=True)
    _install_steps(entry, protocol, visit_types)
    SpacingRule.objects.bulk_create(
        _checked(
            SpacingRule(
                protocol=protocol,
                kind=rule.kind,
                days=rule.days,
                count=rule.count,
                is_hard=rule.is_hard,
                about=rule.about,
                source=rule.source,
            ),
            entry.code,
        )
        for rule in entry.spacing
    )
    return protocol


def _install_steps(
    entry: ProtocolEntry, protocol: Protocol, visit_types: Mapping[str, VisitType]
) -> None:
    rows = {
        step.code: _checked(
            ProtocolStep(
                protocol=protocol,
                code=step.code,
                position=position,
                name=step.name,
                visit_type=_named(visit_types, step.visit_type, entry.code),
                anchor_edge=step.anchor_edge,
                unit=step.unit,
                earliest=step.window[0],
                target=step.window[1],
                latest=step.window[2],
                is_hard=step.is_hard,
                is_before_hard=step.is_before_hard,
                minimum_hours=step.minimum_hours,
                maximum_hours=step.maximum_hours,
                is_allowed_on_dosing_day=step.is_allowed_on_dosing_day,
                source=step.source,
            ),
            f"{entry.code} {step.code}",
        )
        for position, step in enumerate(entry.steps, start=1)
    }
    ProtocolStep.objects.bulk_create(rows.values())
    # Steps name each other in both directions, so the links come when all have keys.
    links = ("anchor", "pair_of", "after", "before")
    for step in entry.steps:
        for link in links:
            other = getattr(step, link)
            setattr(rows[step.code], link, rows[other] if other else None)
    ProtocolStep.objects.bulk_update(rows.values(), links)


N = TypeVar("N")
M = TypeVar("M", bound=models.Model)


def _named(known: Mapping[str, N], code: str, where: str) -> N:
    if code not in known:
        raise LibraryUnreadable.because(
            f"{where} names “{code}”, which nothing defines. Define it first."
        )
    return known[code]


def _checked(row: M, where: str) -> M:
    try:
        row.clean_fields()
    except ValidationError as error:
        wrong = "; ".join(
            f"{name}: {' '.join(sentences)}"
            for name, sentences in error.message_dict.items()
        )
        raise LibraryUnreadable.because(
            f"{where} can't be installed: {wrong}"
        ) from error
    return row
