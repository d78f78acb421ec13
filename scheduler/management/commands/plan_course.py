"""Shows the best plan of a course, with its reasons, and books it when told to."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.actors import Actor
from courses.errors import Refusal, Refused
from courses.models import Course
from courses.rules.wording import counted
from scheduler.actions.book_course import book_course
from scheduler.course_plans import CoursePlan, Infeasible
from scheduler.management.arguments import (
    course_of,
    day_of,
    elsewhere_of,
    site_of,
    time_of,
)
from scheduler.management.plan_printing import plan_as_json, plan_lines
from scheduler.management.plans_together import planned_together
from scheduler.models import Site
from scheduler.plan_sheet import PlanSheet, ShownAlternative, plan_sheet
from scheduler.plan_trials import Trial, trial_of_course
from scheduler.planning.changes import read_changes
from scheduler.planning.problem import Preferences

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Command(BaseCommand):
    help = "Plan all open sessions of one or more courses; --book books the plans."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", nargs="+", help="a course's id")
        parser.add_argument("--site", help="the site's code; needed if there are more")
        parser.add_argument(
            "--elsewhere",
            action="append",
            default=[],
            metavar="KIND=SITE",
            help="a kind of visit that is at another site, as integration=westlake",
        )
        parser.add_argument("--start-on", help="first day, as 2026-05-04")
        parser.add_argument("--weekdays", help="preferred days, as mon,wed,fri")
        parser.add_argument("--earliest", help="preferred first hour, as 09:00")
        parser.add_argument("--latest", help="preferred last hour, as 16:30")
        parser.add_argument(
            "--change",
            action="append",
            default=[],
            help="a pin, ban or relaxed rule, as --json prints them",
        )
        parser.add_argument(
            "--seconds",
            type=float,
            default=1.0,
            help="how long to look for better plans of several courses",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--book", action="store_true", help="book the plan")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        courses = [course_of(text) for text in options["course"]]
        site = site_of(options["site"])
        if len(courses) > 1:
            self.stdout.write("\n".join(_together(courses, site, options, now)))
            return
        (course,) = courses
        trial = trial_of_course(
            course=course,
            site=site,
            preferences=_preferences(options),
            changes=read_changes(" ".join(options["change"])),
            elsewhere=elsewhere_of(options["elsewhere"]),
            now=now,
        )
        if isinstance(trial, Infeasible):
            raise CommandError(" ".join(r.sentence for r in trial.refusals))
        plan, sheet = trial.found, plan_sheet(trial)
        if options["book"] and isinstance(plan, CoursePlan):
            _book(course, plan, now)
        if options["json"]:
            told = _as_json(trial, sheet, is_booked=options["book"])
            self.stdout.write(json.dumps(told, indent=2))
        elif isinstance(plan, CoursePlan):
            lines = _as_table(course, plan, sheet, is_booked=options["book"])
            self.stdout.write("\n".join(lines))
        if not isinstance(plan, CoursePlan):
            raise CommandError("\n".join(_why_not(sheet)))


def _together(
    courses: list[Course], site: Site, options: dict[str, Any], now: datetime
) -> Iterator[str]:
    if options["elsewhere"]:
        raise CommandError("--elsewhere is about one course. Plan that one alone.")
    if options["change"]:
        raise CommandError("A --change is about one course. Plan that one alone.")
    return planned_together(
        courses,
        site,
        _preferences(options),
        seconds=options["seconds"],
        book=options["book"],
        as_json=options["json"],
        now=now,
    )


def _preferences(options: dict[str, Any]) -> Preferences:
    return Preferences(
        start_on=day_of(options["start_on"], "--start-on"),
        weekdays=_weekdays(options["weekdays"]),
        earliest=time_of(options["earliest"], "--earliest"),
        latest=time_of(options["latest"], "--latest"),
    )


def _weekdays(text: str | None) -> frozenset[int] | None:
    if not text:
        return None
    names = [name.strip().lower()[:3] for name in text.split(",")]
    unknown = [name for name in names if name not in WEEKDAYS]
    if unknown:
        raise CommandError(
            f"“{text}” are not weekdays. Write --weekdays as mon,wed,fri."
        )
    return frozenset(WEEKDAYS.index(name) for name in names)


def _book(course: Course, plan: CoursePlan, now: datetime) -> None:
    try:
        book_course(
            course=course, plan=plan, actor=Actor.system("plan_course"), now=now
        )
    except Refused as refused:
        raise CommandError(f"Nothing was booked. {refused}") from refused


def _as_table(
    course: Course, plan: CoursePlan, sheet: PlanSheet, *, is_booked: bool
) -> Iterator[str]:
    yield from plan_lines(course, plan, is_booked=is_booked)
    days = (plan.visits[-1].starts_at - plan.visits[0].starts_at) // timedelta(days=1)
    yield (
        f"{counted(len(plan.visits), 'visit')} in {counted(days + 1, 'day')}, "
        f"{counted(plan.cost.trips, 'trip')}; what it costs, the most important first:"
    )
    yield from (f"  {line.text}" for line in sheet.lines)
    for why in sheet.why_left:
        yield f"No plan keeps every window: {why.sentence}"
    yield from _helpful(sheet)
    for other in sheet.alternatives:
        differs = ", ".join(other.differs) or "costs nothing more"
        yield f"Or: {other.sentence} ({differs})  --change '{other.plan.changes}'"


def _why_not(sheet: PlanSheet) -> Iterator[str]:
    yield from (obstacle.sentence for obstacle in sheet.obstacles)
    yield from _helpful(sheet)


def _helpful(sheet: PlanSheet) -> Iterator[str]:
    for relaxation in sheet.relaxations:
        change = f"  --change '{relaxation.changes}'" if relaxation.changes else ""
        costs = "; ".join(relaxation.costs)
        yield f"Would help: {relaxation.sentence} ({costs}){change}"
    if sheet.tried:
        yield f"{counted(sheet.tried, 'change')} tried."


def _as_json(trial: Trial, sheet: PlanSheet, *, is_booked: bool) -> dict[str, object]:
    plan = trial.found
    told: dict[str, object] = {
        "course": str(trial.course.pk),
        "site": trial.site.code,
        "time_zone": trial.site.time_zone,
        "is_booked": is_booked and isinstance(plan, CoursePlan),
        "changes": [change.text for change in trial.changes],
        "reasons": [_refusal(r) for r in (*sheet.obstacles, *sheet.why_left)],
        "relaxations": [
            {
                "sentence": relaxation.sentence,
                "needs": relaxation.needs,
                "costs": list(relaxation.costs),
                "changes": relaxation.changes.split(),
            }
            for relaxation in sheet.relaxations
        ],
        "tried": sheet.tried,
    }
    if isinstance(plan, CoursePlan):
        told |= plan_as_json(plan)
        told["cost_in_words"] = [line.text for line in sheet.lines]
        told["alternatives"] = [_alternative_as_json(o) for o in sheet.alternatives]
    return told


def _refusal(refusal: Refusal) -> dict[str, object]:
    return {
        "rule": refusal.rule,
        "sentence": refusal.sentence,
        "session": refusal.session,
        "resource": refusal.resource,
        "at": refusal.at.isoformat() if refusal.at else None,
    }


def _alternative_as_json(other: ShownAlternative) -> dict[str, object]:
    return {
        "sentence": other.sentence,
        "differs": list(other.differs),
        "changes": other.plan.changes.split(),
        "visits": [
            {
                "label": visit.label,
                "starts_at": visit.starts.isoformat(),
                "ends_at": visit.ends.isoformat(),
                "served_by": visit.who,
            }
            for visit in other.plan.visits
        ],
    }
