"""Words that sentences share, wherever they are said."""


def counted(number: int, thing: str) -> str:
    """Return "1 day" or "2 days"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
