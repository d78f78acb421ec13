"""The first lock of every action that changes a course.

Lock order, everywhere: course, appointment, resources by id. SQLite needs none of
these: its transactions begin IMMEDIATE and are alone.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from courses.errors import CourseNotReady, CourseOnHold
from courses.models import Course, CourseHold
from courses.rules.holding import refuse_booking


def lock_words(*words: str) -> None:
    """Let nobody else act on the same words until the end: for rows not there yet."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            ["\x1f".join(words).casefold()],
        )


def lock_course(course_id: UUID) -> Course:
    """Return the course, which nobody else can now change until the end."""
    return (
        Course.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient")
        .get(pk=course_id)
    )


def lock_courses_of(patient_id: UUID) -> None:
    """Let nobody else change this patient's courses until the end."""
    courses = Course.objects.filter(patient=patient_id).order_by("pk")
    list(courses.select_for_update(no_key=True).values_list("pk"))


def lock_active_course(course_id: UUID) -> Course:
    """Return the locked course; raise CourseNotReady when it has ended."""
    course = lock_course(course_id)
    refuse_ended(course)
    return course


def refuse_ended(course: Course) -> None:
    """Raise CourseNotReady when the course has ended."""
    if not course.is_active:
        raise CourseNotReady.because(
            f"This course is {course.get_status_display().lower()}. "
            "Open a new course to treat the patient again."
        )


def refuse_held(course: Course, kinds: Collection[str]) -> None:
    """Raise CourseOnHold when visits of these kinds wait until the course goes on.

    The caller holds the course's lock, so nobody holds or resumes it meanwhile.
    """
    held = CourseHold.objects.open().filter(course=course).first()
    if held is not None:
        refusal = refuse_booking(held.review_on, kinds)
        if refusal is not None:
            raise CourseOnHold(refusal)
