"""Words that sentences share, wherever they are said."""

import re


def counted(number: int, thing: str) -> str:
    """Return "1 day" or "2 days"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def next_in_row(label: str) -> str:
    """Return "Infusion 7" after "Infusion 6"; "" where no number ends the label."""
    numbered = re.fullmatch(r"(.*?)(\d+)", label)
    return f"{numbered[1]}{int(numbered[2]) + 1}" if numbered else ""


def shortened(label: str, most: int) -> str:
    """Return the label in at most so many letters, with the number that ends it."""
    if len(label) <= most:
        return label
    number = label[len(label.rstrip("0123456789")) :][-9:]
    return f"{label[: most - len(number) - 2].rstrip()}… {number}".rstrip()
