"""Free text made safe for calendars and mail headers.

The iCalendar library escapes commas and line ends but lets control characters
through, and direction marks can make a line read as something else.
"""

import unicodedata

# Embedding, override and isolate marks; the joiners that some scripts need stay.
_DIRECTION_MARKS = frozenset(
    map(chr, (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C))
)
_QUOTED_IN_NAMES = str.maketrans(dict.fromkeys('",;:^', " "))
_LINE_ENDS = ("\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c")


def clean_text(text: str) -> str:
    """Return the text with line ends as newlines and nothing unprintable left."""
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    kept = (" " if letter == "\t" else letter for letter in text)
    return "".join(letter for letter in kept if _is_printable(letter)).strip()


def clean_line(text: str) -> str:
    """Return the text as one line with single spaces."""
    return " ".join(clean_text(text).split())


def clean_name(text: str) -> str:
    """Return a name without the marks that calendar parameters cannot hold plainly."""
    return clean_line(text.translate(_QUOTED_IN_NAMES))


def _is_printable(letter: str) -> bool:
    if letter == "\n":
        return True
    is_control = unicodedata.category(letter) in {"Cc", "Cs"}
    return not is_control and letter not in _DIRECTION_MARKS and letter != "\ufeff"
