"""The first lock of every action that changes a course.

Lock order, everywhere: course, appointment, resources by id. SQLite needs none of
these: its transactions begin IMMEDIATE and are alone.
"""

from uuid import UUID

from django.db import connection

from courses.errors import CourseNotReady
from courses.models import Course


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
