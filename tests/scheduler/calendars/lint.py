"""Our own reading of a calendar's bytes: what strict and lenient clients trip over."""

import re

# Nothing that a patient's mailbox, lock screen or calendar shows may say these.
BANNED = re.compile(
    r"ketamin|esketamin|ptsd|tept|trauma|psych|psic|therap|terap|infus|inject|inyec"
    r"|dosing|dosis|dose|depress|depres|drug|droga|medicin|fasting|ayun|escort|mental"
    r"|\bkap\b|\biv\b|\bim\b",
    re.IGNORECASE,
)


def complaints(
    content: bytes, *, method: str | None, is_yearly: bool = True
) -> list[str]:
    """Return what is wrong with these bytes; method None means a feed."""
    found = _line_complaints(content)
    lines = unfolded(content)
    methods = [line for line in lines if line.startswith("METHOD:")]
    if methods != ([] if method is None else [f"METHOD:{method}"]):
        found.append(f"methods {methods}")
    if method is not None and len(values(lines, "UID")) != 1:
        found.append("an invitation has one UID")
    found += _zone_complaints(lines, is_yearly=is_yearly)
    found += _word_complaints(lines)
    return found


def unfolded(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def values(lines: list[str], name: str) -> list[str]:
    """Return the values of a property, whatever its parameters."""
    pattern = re.compile(rf"^{name}(?:;(?:[^:\"]|\"[^\"]*\")*)?:(.*)$")
    return [found[1] for line in lines if (found := pattern.match(line))]


def _line_complaints(content: bytes) -> list[str]:
    found = []
    if not content.endswith(b"END:VCALENDAR\r\n"):
        found.append("does not end with END:VCALENDAR and a line end")
    if content.count(b"\n") != content.count(b"\r\n"):
        found.append("a line end that is not CRLF")
    if re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", content):
        found.append("a control character")
    if any(len(line) > 75 for line in content.split(b"\r\n")):
        found.append("a line over 75 octets")
    return found


def _zone_complaints(lines: list[str], *, is_yearly: bool) -> list[str]:
    text = "\n".join(lines)
    blocks = re.findall(r"BEGIN:VTIMEZONE\n(.*?)END:VTIMEZONE", text, re.DOTALL)
    named = [re.search(r"TZID:(.*)", block) for block in blocks]
    have = [found[1] for found in named if found]
    used = set(re.findall(r"^DT(?:START|END);TZID=([^:]+):", text, re.MULTILINE))
    found = []
    if len(have) != len(set(have)):
        found.append("a zone described twice")
    if not used <= set(have):
        found.append(f"zones without a description: {used - set(have)}")
    for block in blocks:
        parts = len(re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)", block))
        rules = len(
            re.findall(r"RRULE:FREQ=YEARLY;BYMONTH=\d+;BYDAY=-?\d[A-Z]{2}", block)
        )
        if is_yearly and parts > 1 and rules != parts:
            found.append("a zone that changes without yearly rules")
        if "RDATE" in block:
            found.append("a zone with a list of dates")
    return found


def _word_complaints(lines: list[str]) -> list[str]:
    shown = ("SUMMARY", "LOCATION", "DESCRIPTION", "NAME", "X-WR-CALNAME", "PRODID")
    return [
        f"banned word in {name}: {value}"
        for name in shown
        for value in values(lines, name)
        if BANNED.search(value)
    ]
