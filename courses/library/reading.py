"""Reads a folder of library files, and says in one sentence what is wrong with it."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from courses.errors import LibraryUnreadable
from courses.library.entries import (
    CapabilityEntry,
    Library,
    NeedEntry,
    PhaseEntry,
    ProtocolEntry,
    SpacingEntry,
    StepEntry,
    VisitTypeEntry,
)

SHIPPED = Path(__file__).parent
FIRST_DOSE = "first dose"
LAST_TREATMENT_VISIT = "last treatment visit"
LAST_LINE = "# End of file."

E = TypeVar("E")


def read_library(folder: Path = SHIPPED) -> Library:
    """Return what the folder's files say. Raises LibraryUnreadable."""
    raw = _Table(_read(folder / "visit_types.toml"), "visit_types.toml")
    common = _Table(_read(folder / "common.toml"), "common.toml")
    shared = common.entries("step", StepEntry)
    return Library(
        capabilities=raw.entries("capabilities", CapabilityEntry),
        visit_types=tuple(_visit_type(table) for table in raw.tables("visit_type")),
        protocols=tuple(_protocols(folder, shared)),
    )


def _read(path: Path) -> Mapping[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise LibraryUnreadable.because(
            f"{path.name} can't be read: {error.strerror}. Put the file back."
        ) from error
    except UnicodeDecodeError as error:
        raise LibraryUnreadable.because(
            f"{path.name} is not a text file in UTF-8. Save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise LibraryUnreadable.because(
            f"{path.name} is damaged or was cut short: {error}. Correct it there."
        ) from error
    # A file that was cut between two tables is whole to any reader but this one.
    if not text.rstrip().endswith(f"\n{LAST_LINE}"):
        raise LibraryUnreadable.because(
            f"{path.name} was cut short: its last line isn't “{LAST_LINE}”. Get the "
            "whole file, or add that line if nothing is missing."
        )
    return table


class _Table:
    """A table of a file that knows where it stands, for the sentences."""

    def __init__(self, raw: Mapping[str, object], where: str) -> None:
        self.raw = raw
        self.where = where

    def tables(self, key: str) -> list["_Table"]:
        rows = self.raw.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise LibraryUnreadable.because(
                f"{self.where} has no list of tables “{key}”. It may have been cut"
                " short: compare it with the shipped file."
            )
        return [
            _Table(row, f"{self.where}, {key} {row.get('code', number)}")
            for number, row in enumerate(rows, start=1)
        ]

    def entries(self, key: str, kind: type[E]) -> tuple[E, ...]:
        return tuple(table.entry(kind) for table in self.tables(key))

    def entry(self, kind: type[E], **known: object) -> E:
        """Return the entry that this table spells out; `known` is read already."""
        hints = get_type_hints(kind)
        for name in self.raw.keys() - known.keys() - hints.keys():
            raise self.wrong(f"doesn't know “{name}”. Check the spelling")
        values: dict[str, object] = {}
        for field in fields(kind):  # type: ignore[arg-type]
            if field.name in known:
                values[field.name] = known[field.name]
            elif field.name in self.raw:
                values[field.name] = self.value(field.name, hints[field.name])
            elif field.default is MISSING:
                raise self.wrong(f"lacks “{field.name}”. Add it")
        return kind(**values)

    def value(self, name: str, hint: Any) -> object:
        value = self.raw[name]
        if get_origin(hint) is tuple:
            parts = get_args(hint)
            if isinstance(value, list) and [type(v) for v in value] == list(parts):
                return tuple(value)
            raise self.wrong(f"needs {len(parts)} whole numbers as “{name}”")
        allowed = get_args(hint) or (hint,)
        if type(value) in allowed and type(value) is not NoneType:
            return value
        raise self.wrong(f"needs another kind of value as “{name}”")

    def wrong(self, sentence: str) -> LibraryUnreadable:
        return LibraryUnreadable.because(f"{self.where} {sentence}.")


def _visit_type(table: _Table) -> VisitTypeEntry:
    return table.entry(
        VisitTypeEntry,
        phases=table.entries("phases", PhaseEntry),
        needs=table.entries("needs", NeedEntry),
    )


def _protocols(folder: Path, shared: Sequence[StepEntry]) -> Iterator[ProtocolEntry]:
    files = {
        path.stem: _Table(_read(path), path.name)
        for path in sorted((folder / "protocols").glob("*.toml"))
    }
    for table in files.values():
        yield _protocol(_varied(table, files), shared)


def _varied(table: _Table, files: Mapping[str, _Table]) -> _Table:
    """Return the table; one that is "like" another has its steps, on other visits."""
    like = table.raw.get("like")
    if like is None:
        return table
    other = files.get(str(like))
    if other is None or "like" in other.raw:
        raise table.wrong(f"is like “{like}”, which isn't a protocol with steps")
    swapped = table.raw.get("visit_types")
    if not isinstance(swapped, dict):
        raise table.wrong("says no “visit_types” to take instead. Add them")
    own = {k: v for k, v in table.raw.items() if k not in ("like", "visit_types")}
    steps = [
        {**step.raw, "visit_type": swapped.get(kind, kind)}
        for step in other.tables("step")
        for kind in [step.raw.get("visit_type")]
    ]
    return _Table({**other.raw, **own, "step": steps}, table.where)


def _protocol(table: _Table, shared: Sequence[StepEntry]) -> ProtocolEntry:
    roles = {
        FIRST_DOSE: table.raw.get("first_dose"),
        LAST_TREATMENT_VISIT: table.raw.get("last_treatment_visit"),
    }
    own = table.entries("step", StepEntry)
    codes = {step.code for step in own}
    for role, code in roles.items():
        if code not in codes:
            raise table.wrong(f"names no step of its own as {role}. Add it")
    common = [step for step in shared if step.code not in _left_out(table, shared)]
    steps = (*own, *(_placed_in(step, roles) for step in common))
    _refuse_unknown_steps(table, steps)
    known = _Table(
        {k: v for k, v in table.raw.items() if k not in _ROLE_KEYS}, table.where
    )
    return known.entry(
        ProtocolEntry,
        steps=in_nominal_order(steps),
        spacing=table.entries("spacing", SpacingEntry),
        step=(),
    )


_ROLE_KEYS = ("first_dose", "last_treatment_visit", "without", "step")


def _left_out(table: _Table, shared: Sequence[StepEntry]) -> list[str]:
    """Return which of the common steps this protocol does without."""
    codes = table.raw.get("without", [])
    known = {step.code for step in shared}
    if not isinstance(codes, list) or not known.issuperset(codes):
        raise table.wrong("names in “without” what isn't a common step. Correct it")
    return codes


def _placed_in(step: StepEntry, roles: Mapping[str, object]) -> StepEntry:
    def own(code: str) -> str:
        return str(roles.get(code, code))

    return replace(
        step, anchor=own(step.anchor), after=own(step.after), before=own(step.before)
    )


def _refuse_unknown_steps(table: _Table, steps: Iterable[StepEntry]) -> None:
    codes = [step.code for step in steps]
    for code in codes:
        if codes.count(code) > 1:
            raise table.wrong(f"has the step {code} twice. Rename one")
    for step in steps:
        for other in (step.anchor, step.pair_of, step.after, step.before):
            if other and other not in codes:
                raise table.wrong(f"has no step {other}, which {step.code} names")


def in_nominal_order(steps: Sequence[StepEntry]) -> tuple[StepEntry, ...]:
    """Return the steps by the day on which they fall when every target is met."""
    by_code = {step.code: step for step in steps}

    def nominal_day(step: StepEntry, seen: frozenset[str]) -> float:
        # A circle has no days; the publishing rules name it with its own sentence.
        if not step.anchor or step.code in seen:
            return 0
        days = step.window[1] / (24 if step.unit == "hours" else 1)
        return days + nominal_day(by_code[step.anchor], seen | {step.code})

    # On the same day, what must precede a dose stands before it.
    return tuple(
        sorted(steps, key=lambda s: (nominal_day(s, frozenset()), not s.before))
    )
