"""A course on a shipped protocol, as tests of its changes begin."""

from courses.actions.choose_protocol import choose_protocol
from courses.actions.install_library import install_library
from courses.library.reading import read_library
from courses.models import Course, Protocol, Session, VisitType
from courses.rules.shapes import CourseShape, SessionShape, StepShape
from courses.shapes import course_shape
from tests.builders import DESK, NOW, a_course


def on_protocol(code: str = "iv-6-2w") -> Course:
    """An eligible course that has just been given that protocol."""
    if not Protocol.objects.filter(code=code).exists():
        install_library(library=read_library(), actor=DESK, now=NOW)
    protocol = Protocol.objects.get(code=code)
    return choose_protocol(course=a_course(), protocol=protocol, actor=DESK, now=NOW)


def called(course: Course, label: str) -> Session:
    return Session.objects.select_related("visit_type", "step").get(
        course=course, label=label
    )


def visit_type(code: str) -> VisitType:
    return VisitType.objects.get(code=code)


def mark(course: Course, status: str, *labels: str) -> None:
    """Those sessions are as the past left them."""
    Session.objects.filter(course=course, label__in=labels).update(status=status)


def labels(course: Course, status: str) -> list[str]:
    found = Session.objects.filter(course=course, status=status).order_by("position")
    return [session.label for session in found]


def doses(course: Course) -> list[str]:
    """The labels of the doses that are kept, in their order."""
    found = Session.objects.filter(course=course, visit_type__kind="dosing")
    kept = found.exclude(status="omitted").order_by("position")
    return [session.label for session in kept]


def hung(course: Course, label: str) -> StepShape:
    """What the session of that name hangs on, its links named by their labels."""
    return named(course_shape(course), label)


def named(shape: CourseShape, label: str) -> StepShape:
    by_code = {s.step.code: s.label for s in shape.sessions if s.step}
    step = next(s.step for s in shape.sessions if s.label == label)
    assert step is not None
    return StepShape(
        code=label,
        name=step.name,
        kind=step.kind,
        is_placed=step.is_placed,
        anchor=by_code.get(step.anchor, ""),
        anchor_edge=step.anchor_edge,
        unit=step.unit,
        target=step.target,
        earliest=step.earliest,
        latest=step.latest,
        is_hard=step.is_hard,
        pair_of=by_code.get(step.pair_of, ""),
        after=by_code.get(step.after, ""),
        before=by_code.get(step.before, ""),
        minimum_hours=step.minimum_hours,
        is_allowed_on_dosing_day=step.is_allowed_on_dosing_day,
    )


def window(step: StepShape) -> tuple[str, int, int, int]:
    return step.anchor, step.earliest, step.target, step.latest


def a_shape(*steps: StepShape) -> CourseShape:
    return CourseShape(
        tuple(SessionShape(s.code, s.name, s.kind, step=s) for s in steps)
    )
