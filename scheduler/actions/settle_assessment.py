"""Record a decision and let the calendar follow it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from courses.actions.decide_assessment import decide_assessment
from courses.actors import Actor
from courses.models import Assessment, Clinician, Course
from courses.transactions import action
from scheduler.course_release import release_future
from scheduler.models import Appointment
from scheduler.site_clock import home_zone


@action
def settle_assessment(
    *,
    assessment: Assessment,
    decision: str,
    decided_by: Clinician | None,
    valid_until: date | None = None,
    missing: str = "",
    actor: Actor,
    now: datetime,
) -> Assessment:
    """Make the decision stand; when it ends the course, cancel what was to come.

    The decider's credential counts on the day at the site of the assessment's visit,
    or at the clinic's first site when there was none. Raises what courses'
    decide_assessment raises.
    """
    decided = decide_assessment(
        assessment=assessment,
        decision=decision,
        decided_by=decided_by,
        decided_on=now.astimezone(_zone_of(assessment)).date(),
        valid_until=valid_until,
        missing=missing,
        actor=actor,
        now=now,
    )
    course = Course.objects.select_related("patient").get(pk=decided.course_id)
    if not course.is_active:
        release_future(course, reason="The course doesn't go on", actor=actor, now=now)
    return decided


def _zone_of(assessment: Assessment) -> ZoneInfo:
    visits = Appointment.objects.live().filter(session=assessment.session_id)
    visit = visits.select_related("site").first()
    return visit.site.zone if visit is not None else home_zone()
