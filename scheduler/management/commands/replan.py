"""Looks for new times for the visits that a closure or a lost credential hits."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.actors import Actor
from courses.models import Capability
from courses.rules.wording import counted
from scheduler.actions.accept_new_times import Outcome, accept_new_times
from scheduler.management.arguments import course_of, instant_of, site_of
from scheduler.models import Closure, Resource, Site
from scheduler.planning.wording import clock_text, day_text
from scheduler.repairs.changes import change_of
from scheduler.repairs.searching import Search, begin
from scheduler.repairs.troubles import NO_END, Trouble, sites_hit
from scheduler.repairs.wording import cost_words, gain_words, terms_of
from scheduler.ripples.diff import MOVED, RESTAFFED, VisitChange

ACTOR = Actor.system("replan")
Done = dict[str, Outcome]


class Command(BaseCommand):
    help = (
        "Propose new times for visits that can't stay. Nothing is moved without "
        "--accept or --accept-course."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--closure", type=int, help="a closure's number")
        parser.add_argument("--resource", help="whoever or whatever is out, by name")
        parser.add_argument("--capability", help="only this is lost: its code")
        parser.add_argument("--from", dest="begins", help="as 2026-05-04 or ...T09:00")
        parser.add_argument("--until", dest="ends", help="the same; a day is included")
        parser.add_argument("--site", help="the site's code; needed if there are more")
        parser.add_argument(
            "--seconds", type=float, default=1.0, help="how long to look for better"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--accept", action="store_true", help="move all of them")
        parser.add_argument(
            "--accept-course",
            action="append",
            default=[],
            metavar="ID",
            help="move only this course; may be given more than once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        trouble = _trouble(options, now)
        started = begin(trouble, actor=ACTOR, now=now)
        search = started.better(seconds=options["seconds"])
        chosen = _chosen(options, search)
        outcomes = accept_new_times(
            crowd=search.crowd,
            plans=search.found.plans,
            chosen=chosen,
            actor=ACTOR,
            now=now,
        )
        done = {str(each.course.pk): each for each in outcomes}
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(started, search, done), indent=2))
        else:
            self.stdout.write("\n".join(_as_text(started, search, done)))
        refused = [each for each in outcomes if not each.is_done]
        if refused:
            raise CommandError(
                f"{counted(len(refused), 'course')} kept the old times: "
                + " ".join(r.sentence for each in refused for r in each.refusals)
            )


def _trouble(options: dict[str, Any], now: datetime) -> Trouble:
    if options["closure"] is not None:
        return _closed(options)
    if not options["resource"]:
        raise CommandError("Say what is out: --closure or --resource.")
    if not options["begins"] or not (options["ends"] or options["capability"]):
        raise CommandError("Say from when until when: --from and --until.")
    resource = _resource(options["resource"], options["site"])
    site = resource.site if options["site"] is None else site_of(options["site"])
    begins = instant_of(options["begins"], "--from", site, is_end=False)
    ends = (
        instant_of(options["ends"], "--until", site, is_end=True)
        if options["ends"]
        else max(begins, now) + NO_END
    )
    if ends <= begins:
        raise CommandError("--until must be after --from.")
    return Trouble(site, begins, ends, resource, _capability(options["capability"]))


def _closed(options: dict[str, Any]) -> Trouble:
    related = Closure.objects.select_related("resource__site", "site")
    closure = related.filter(pk=options["closure"]).first()
    if closure is None:
        raise CommandError(
            f"There is no closure {options['closure']}. Its number stands in the "
            "address of its page."
        )
    if options["site"]:
        return Trouble.of_closure(closure, site_of(options["site"]))
    hit = sites_hit(closure, timezone.now())
    if len(hit) > 1:
        sites = ", ".join(site.code for site in hit)
        raise CommandError(f"Visits are hit at several sites: use --site with {sites}.")
    return Trouble.of_closure(closure, hit[0] if hit else closure.at_site)


def _resource(name: str, site: str | None) -> Resource:
    named = Resource.objects.select_related("site").filter(name__iexact=name)
    if site is not None and named.count() > 1:
        named = named.filter(site__code=site)
    found = list(named)
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"Several sites have “{name}”. Say which one with --site.")
    raise CommandError(f"There is no resource “{name}”. Write its name in full.")


def _capability(code: str | None) -> Capability | None:
    if code is None:
        return None
    found = Capability.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Capability.objects.values_list("code", flat=True))
        raise CommandError(f"There is no capability “{code}”. Use one of: {known}.")
    return found


def _chosen(options: dict[str, Any], search: Search) -> set[str]:
    if options["accept"]:
        return set(search.found.plans)
    chosen = {str(course_of(text).pk) for text in options["accept_course"]}
    without = sorted(chosen - search.found.plans.keys())
    if without:
        raise CommandError(
            f"No new times were found for {', '.join(without)}. Nothing was moved."
        )
    return chosen


# --- what is printed --------------------------------------------------------------


def _as_text(started: Search, search: Search, done: Done) -> Iterator[str]:
    found = search.found
    if not search.crowd.members:
        yield "No visit that can still be moved is hit."
        return
    yield (
        f"{len(found.plans)} of {counted(len(search.crowd.members), 'course')} can "
        f"have new times: {', '.join(cost_words(found)) or 'at no cost'}."
    )
    gains = gain_words(search.repair.objective, started.found.total, found.total)
    proven = " No better times exist." if found.is_best else ""
    yield (
        f"Better than the first by: {', '.join(gains) or 'nothing'}, after "
        f"{counted(found.steps, 'step')}.{proven}"
    )
    for member in search.crowd.members:
        yield ""
        outcome = done.get(member.key)
        is_moved = outcome is not None and outcome.is_done
        state = "moved" if is_moved else "not moved"
        yield f"{member.course.patient.full_name} ({member.key}): {state}."
        if member.key in found.plans:
            for visit in _changed(search, member.key):
                yield f"  {visit.label}: {_line(visit, search.crowd.site)}"
        for refusal in found.unplaced.get(member.key, ()):
            yield f"  {refusal.sentence}"
    for appointment in search.crowd.stuck:
        yield f"Not moved, under way or about to begin: {appointment}"


def _changed(search: Search, key: str) -> list[VisitChange]:
    change = change_of(search.crowd.by_key[key], search.found.plans[key])
    return sorted(change.ripple.of(MOVED, RESTAFFED), key=lambda visit: visit.position)


def _line(visit: VisitChange, site: Site) -> str:
    if visit.before is None or visit.after is None:
        raise AssertionError("A visit that moves has a time before and after.")
    before = visit.before.starts_at.astimezone(visit.before.zone)
    after = visit.after.starts_at.astimezone(site.zone)
    was = f"{day_text(before.date())}, {clock_text(before)}"
    if visit.outcome == RESTAFFED:
        return f"{was} as before, with others"
    return f"{was} -> {day_text(after.date())}, {clock_text(after)}"


def _as_json(started: Search, search: Search, done: Done) -> dict[str, object]:
    found = search.found
    return {
        "site": search.crowd.site.code,
        "time_zone": search.crowd.site.time_zone,
        "steps": found.steps,
        "is_best": found.is_best,
        "without_a_time": found.total.visits,
        "cost": terms_of(found.cost),
        "first_cost": terms_of(started.found.cost),
        "courses": [
            {
                "course": member.key,
                "is_moved": member.key in done and done[member.key].is_done,
                "visits": [
                    _visit_json(visit, search.crowd.site)
                    for visit in (
                        _changed(search, member.key)
                        if member.key in found.plans
                        else ()
                    )
                ],
                "reasons": [
                    refusal.sentence
                    for refusal in (
                        *found.unplaced.get(member.key, ()),
                        *(done[member.key].refusals if member.key in done else ()),
                    )
                ],
            }
            for member in search.crowd.members
        ],
        "not_movable": [str(appointment.pk) for appointment in search.crowd.stuck],
    }


def _visit_json(visit: VisitChange, site: Site) -> dict[str, object]:
    if visit.before is None or visit.after is None:
        raise AssertionError("A visit that moves has a time before and after.")
    return {
        "session": visit.key,
        "label": visit.label,
        "outcome": visit.outcome,
        "was": visit.before.starts_at.astimezone(visit.before.zone).isoformat(),
        "starts_at": visit.after.starts_at.astimezone(site.zone).isoformat(),
        "ends_at": visit.after.ends_at.astimezone(site.zone).isoformat(),
        "served_by": {party: str(who) for party, who in visit.after.serving.items()},
    }
