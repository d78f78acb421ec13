"""What patients are found by, as people type it: no case, no accents, bare digits.

No database folds letters alike: SQLite knows the case of ASCII only. So the text that
is searched is folded here, when a patient is stored, and so are the words looked for.
"""

import re
import unicodedata
from collections.abc import Iterable

# Letters that Unicode doesn't take apart into a plain letter and a mark.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ŋ": "n",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{HYPHEN}": "-",
        "\N{EN DASH}": "-",
    }
)
_PHONE = re.compile(r"[()+./ -]*[0-9][0-9()+./ -]*")


def folded(text: str) -> str:
    """Return the text in lower case and plain letters, with single spaces."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    plain = (letter for letter in apart if not unicodedata.combining(letter))
    return " ".join("".join(plain).translate(_PLAIN).split())


def search_text(words: Iterable[str], phones: Iterable[str]) -> str:
    """Return the one text in which a patient is looked for.

    `phones` has each number as it is stored and as it is shown: in many countries
    the shown one begins with another digit.
    """
    numbers = dict.fromkeys(filter(None, map(_digits, phones)))
    return " ".join([*filter(None, map(folded, words)), *numbers])


def search_terms(words: str) -> list[str]:
    """Return what the search text must hold, all of it, for these typed words."""
    plain = folded(words)
    if _PHONE.fullmatch(plain):
        return [_digits(plain)]
    return [_digits(w) if _PHONE.fullmatch(w) else w for w in plain.split()]


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
