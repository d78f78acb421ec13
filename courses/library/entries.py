"""What a library holds, as plain values: what the files say, before any database."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapabilityEntry:
    """A skill or property that needs ask for."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PhaseEntry:
    """One stretch of a visit."""

    name: str
    minutes: int
    is_patient_present: bool = True


@dataclass(frozen=True, slots=True)
class NeedEntry:
    """A claim; `at` is (starts after minutes, minutes, units)."""

    party: str
    capability: str
    at: tuple[int, int, int]
    continuity: str = "none"


@dataclass(frozen=True, slots=True)
class VisitTypeEntry:
    """A kind of visit with its phases and needs."""

    code: str
    name: str
    kind: str
    source: str
    phases: tuple[PhaseEntry, ...]
    needs: tuple[NeedEntry, ...]
    route: str = ""
    is_placed: bool = True
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A protocol step; `window` is (earliest, target, latest)."""

    code: str
    name: str
    visit_type: str
    source: str
    anchor: str = ""
    anchor_edge: str = "start"
    unit: str = "days"
    window: tuple[int, int, int] = (0, 0, 0)
    is_hard: bool = False
    pair_of: str = ""
    after: str = ""
    before: str = ""
    is_before_hard: bool = True
    minimum_hours: int = 0
    maximum_hours: int = 0
    is_allowed_on_dosing_day: bool = True


@dataclass(frozen=True, slots=True)
class SpacingEntry:
    """A rule on the distance between sessions of one kind."""

    kind: str
    days: int
    source: str
    count: int | None = None
    is_hard: bool = True
    about: str = "dosing"


@dataclass(frozen=True, slots=True)
class ProtocolEntry:
    """One version of a protocol, its steps in the order of their nominal days."""

    code: str
    version: int
    name: str
    summary: str
    source: str
    steps: tuple[StepEntry, ...]
    spacing: tuple[SpacingEntry, ...]
    keeps_therapist: bool = False
    finishes_early: bool = True
    interval_by_order: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that a folder of library files holds."""

    capabilities: tuple[CapabilityEntry, ...]
    visit_types: tuple[VisitTypeEntry, ...]
    protocols: tuple[ProtocolEntry, ...]
