"""A plan as a command prints it: as lines, or as JSON."""

from collections.abc import Iterator
from uuid import UUID

from courses.models import Course
from scheduler.course_plans import CoursePlan, PlannedVisit
from scheduler.models import Resource, Site
from scheduler.planning.wording import day_text


def plan_lines(course: Course, plan: CoursePlan, *, is_booked: bool) -> Iterator[str]:
    """Yield whose plan it is, and every visit with its reason."""
    names = _names(plan)
    state = "Booked" if is_booked else "Planned, not booked"
    sites = " and ".join(str(site) for site in plan.sites)
    yield f"{course.patient.full_name}, {course.protocol}, at {sites}: {state}."
    yield ""
    for visit in plan.visits:
        when = _when(visit, plan.site)
        who = ", ".join(_serving(visit, names))
        at = f" at {plan.site_of(visit)}" if len(plan.sites) > 1 else ""
        yield f"{when:<28}{visit.label:<26} {who}{at}"
        yield f"{'':<28}{visit.reason}"
    yield ""


def _when(visit: PlannedVisit, site: Site) -> str:
    starts = visit.starts_at.astimezone(site.zone)
    ends = visit.ends_at.astimezone(site.zone)
    return f"{day_text(starts.date())}, {starts:%H:%M} - {ends:%H:%M}"


def _names(plan: CoursePlan) -> dict[UUID, str]:
    ids = {claim.resource_id for visit in plan.visits for claim in visit.claims}
    return dict(Resource.objects.filter(pk__in=ids).values_list("pk", "name"))


def _serving(visit: PlannedVisit, names: dict[UUID, str]) -> list[str]:
    return [names[key] for key in dict.fromkeys(c.resource_id for c in visit.claims)]


def plan_as_json(plan: CoursePlan) -> dict[str, object]:
    """Return the plan's cost, visits and deviations."""
    names = _names(plan)
    return {
        "cost": {name: getattr(plan.cost, name) for name in plan.cost.__slots__},
        "visits": [
            {
                "session": str(visit.session_id),
                "label": visit.label,
                "starts_at": visit.starts_at.astimezone(plan.site.zone).isoformat(),
                "ends_at": visit.ends_at.astimezone(plan.site.zone).isoformat(),
                "site": plan.site_of(visit).code,
                "reason": visit.reason,
                "served_by": _serving(visit, names),
            }
            for visit in plan.visits
        ],
        "deviations": [refusal.sentence for refusal in plan.deviations],
    }
