"""When a course may be called complete."""

from courses.errors import Refusal


def refuse_completion(
    *, doses_given: int, doses_open: int, visits_left: int
) -> Refusal | None:
    """Return why the course isn't complete, if it isn't.

    `visits_left` counts what is on the calendar and not over yet.
    """
    reasons = [
        *([_count(visits_left, "visit") + " not over yet"] if visits_left else []),
        *([_count(doses_open, "dose") + " still open"] if doses_open else []),
    ]
    if not reasons and not doses_given:
        reasons = ["no dose was given"]
    if not reasons:
        return None
    return Refusal(
        rule="course.not_complete",
        sentence=(
            f"The course isn't complete: {' and '.join(reasons)}. "
            "Finish what is left first, or stop the course early."
        ),
    )


def _count(number: int, thing: str) -> str:
    return f"1 {thing} is" if number == 1 else f"{number} {thing}s are"
