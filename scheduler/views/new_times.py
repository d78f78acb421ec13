"""New times for many courses: look, wait for better ones, accept some or all."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timezone import now

from courses.rules.wording import counted
from scheduler.actions.accept_new_times import Outcome, accept_new_times
from scheduler.actions.propose_times import (
    find_proposal,
    improve_proposal,
    propose_times,
)
from scheduler.forms import LostCapabilityForm, PlanTogetherForm
from scheduler.models import Closure, Proposal, Resource, Site
from scheduler.planning.crowd import Total
from scheduler.planning.problem import Preferences
from scheduler.repairs.asking import Newcomers, question_of
from scheduler.repairs.searching import Search, resume
from scheduler.repairs.troubles import Trouble
from scheduler.repairs.waiting import courses_waiting
from scheduler.repairs.wording import cost_words, gain_words
from scheduler.site_clock import home_zone, on_clock
from scheduler.views.new_times_shown import digest_of, shown_courses
from scheduler.views.staff import actor_of, show, staff_page
from scheduler.visit_steps import RUN_DESK

CLOSURES = "admin:scheduler_closure_changelist"
# How long one request looks on: with a script that asks again and again, and without.
SECONDS, SECONDS_AT_ONCE = 1.0, 4.0


@staff_page(RUN_DESK, "POST", above=CLOSURES)
def propose(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Look for new times for the visits that a closure hits, and show what is found."""
    related = Closure.objects.select_related("resource__site", "site")
    closure = get_object_or_404(related, pk=closure_id)
    wanted = request.POST.get("site", "")
    sites = {str(site.pk): site for site in Site.objects.all()}
    site = sites.get(wanted, closure.at_site)
    made = propose_times(
        question=Trouble.of_closure(closure, site),
        closure=closure,
        actor=actor_of(request),
        now=now(),
    )
    return _to(made)


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def lost_capability(request: HttpRequest) -> HttpResponse:
    """Ask who can't serve as what any more, and look for new times without them."""
    today = on_clock(now(), home_zone()).date()
    form = LostCapabilityForm(request.POST or None, initial={"from_on": today})
    if request.method == "POST" and form.is_valid():
        question = form.cleaned_data["trouble"]
        made = propose_times(question=question, actor=actor_of(request), now=now())
        return _to(made)
    return show(
        request,
        "scheduler/form_page.html",
        title="New times where a credential is lost",
        section="setup",
        form=form,
        button="Propose new times",
        back=reverse(CLOSURES),
    )


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def plan_together(request: HttpRequest) -> HttpResponse:
    """Ask which of the courses that wait are planned together, and plan them."""
    waiting = courses_waiting()
    tomorrow = (on_clock(now(), home_zone()) + timedelta(days=1)).date()
    form = PlanTogetherForm(
        request.POST or None, waiting=waiting, initial={"start_on": tomorrow}
    )
    if request.method == "POST" and form.is_valid():
        made = form.perform(
            lambda: propose_times(
                question=_newcomers(form), actor=actor_of(request), now=now()
            )
        )
        if made is not None:
            return _to(made)
    return show(
        request,
        "scheduler/plan_together.html",
        title="Plan courses together",
        section="patients",
        form=form,
        waiting=waiting,
    )


def _newcomers(form: PlanTogetherForm) -> Newcomers:
    typed = form.cleaned_data
    return Newcomers(
        site=typed["site"],
        course_ids=tuple(UUID(pk) for pk in typed["courses"]),
        protocol=typed["protocol"],
        preferences=Preferences(start_on=typed["start_on"]),
    )


@staff_page(RUN_DESK)
def new_times(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Show what was found so far, and what it costs."""
    proposal = _find(proposal_id)
    search = resume(proposal, actor=actor_of(request), now=now())
    return _show(request, "scheduler/new_times.html", proposal, search)


@staff_page(RUN_DESK, "POST")
def look_on(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Look for better times for a while. A script gets only the part that changes."""
    is_part = request.headers.get("X-Part") == "found"
    proposal, search = improve_proposal(
        proposal=_find(proposal_id),
        seconds=SECONDS if is_part else SECONDS_AT_ONCE,
        actor=actor_of(request),
        now=now(),
    )
    if not is_part:
        return _to(proposal)
    return _show(request, "scheduler/parts/new_times_found.html", proposal, search)


@staff_page(RUN_DESK, "POST")
def accept(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Give the ticked courses their new times, if those are still what was seen."""
    proposal = _find(proposal_id)
    actor, time_now = actor_of(request), now()
    search = resume(proposal, actor=actor, now=time_now)
    ticked = dict(each.partition(":")[::2] for each in request.POST.getlist("accept"))
    same = {
        key
        for key, seen in ticked.items()
        if key in search.found.plans and digest_of(search, key) == seen
    }
    _tell_changed(request, search, ticked.keys() - same)
    question = question_of(proposal)
    outcomes = accept_new_times(
        newcomers=question if isinstance(question, Newcomers) else None,
        crowd=search.crowd,
        plans=search.found.plans,
        chosen=same,
        actor=actor,
        now=time_now,
    )
    _tell(request, outcomes)
    if not ticked:
        messages.warning(request, "Tick the courses that get their new times.")
    return _to(proposal)


def _tell_changed(request: HttpRequest, search: Search, keys: set[str]) -> None:
    known = search.crowd.by_key
    names = sorted(known[key].course.patient.full_name for key in keys if key in known)
    if keys:
        whose = f" for {', '.join(names)}" if names else ""
        messages.warning(
            request,
            f"The new times{whose} are others now than those you saw. Look at them"
            " again, and then accept them.",
        )


def _tell(request: HttpRequest, outcomes: tuple[Outcome, ...]) -> None:
    done = [each for each in outcomes if each.is_done]
    if done:
        has = "has its" if len(done) == 1 else "have their"
        messages.success(request, f"{counted(len(done), 'course')} {has} new times.")
    for outcome in outcomes:
        for refusal in outcome.refusals:
            messages.error(
                request,
                format_html(
                    '<a href="{}">{}</a>: {}',
                    reverse("scheduler:course", args=[outcome.course.pk]),
                    outcome.course.patient.full_name,
                    refusal.sentence,
                ),
            )


def _show(
    request: HttpRequest, template: str, proposal: Proposal, search: Search
) -> HttpResponse:
    found = search.found
    courses = shown_courses(search)
    return show(
        request,
        template,
        title=_title(proposal),
        section="setup" if proposal.starts_at else "patients",
        proposal=proposal,
        is_new=proposal.starts_at is None,
        courses=courses,
        planned=sum(1 for course in courses if course.visits),
        stuck=search.crowd.stuck,
        refused=search.crowd.refused,
        costs=cost_words(found),
        gains=_gains(proposal, search),
        is_best=found.is_best,
        is_over=search.is_over or found.is_best,
        is_stale=search.is_stale,
        steps=proposal.steps,
        digest=" ".join(course.digest for course in courses),
    )


def _gains(proposal: Proposal, search: Search) -> list[str] | None:
    """Return what is better than at first; None once it is about other courses."""
    first = proposal.first_found
    if first["of"] != sorted(search.crowd.by_key):
        return None
    was = Total(first["visits"], first["courses"], tuple(first["terms"]))
    return gain_words(search.repair.objective, was, search.found.total)


def _title(proposal: Proposal) -> str:
    if proposal.starts_at is None:
        return "Courses planned together"
    if proposal.closure is not None:
        return f"New times while {proposal.closure.said}"
    place: Resource | Site = proposal.resource or proposal.site
    if proposal.capability is not None:
        return f"New times for visits with {place} as {proposal.capability}"
    return f"New times for visits with {place}"


def _find(proposal_id: UUID) -> Proposal:
    try:
        return find_proposal(proposal_id)
    except Proposal.DoesNotExist as gone:
        raise Http404 from gone


def _to(proposal: Proposal) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("scheduler:new_times", args=[proposal.pk]))
