"""What a session may become from what it is."""

# Every step that any action takes. Drawn in docs/states.md; a test compares the drawing
# with this table.
TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"in_progress", "done", "missed", "omitted"}),
    "in_progress": frozenset({"done"}),
    "missed": frozenset({"open", "omitted"}),
    "omitted": frozenset({"open"}),
    "done": frozenset(),
}


def may_become(current: str, wanted: str) -> bool:
    """Tell whether a session in that status may get the other one."""
    return wanted in TRANSITIONS[current]
