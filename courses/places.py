"""Where a session stands in the order of its course."""

from django.db.models import F

from courses.models import Course, Session


def make_room(course: Course, *, behind: int, rooms: int) -> int:
    """Move what comes later in the course up; return the first free position."""
    later = Session.objects.filter(course=course, position__gt=behind)
    later.update(position=F("position") + rooms)
    return behind + 1
