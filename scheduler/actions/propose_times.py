"""Look for new times for many courses, and keep what was found until it is accepted."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from courses.actors import Actor
from courses.transactions import action
from scheduler.models import Closure, Proposal
from scheduler.repairs.asking import Question, row_for
from scheduler.repairs.searching import Search, begin, resume
from scheduler.repairs.stored import as_json

# A draft that nobody accepted by then is forgotten.
KEPT_FOR = timedelta(days=1)


def propose_times(
    *,
    question: Question,
    closure: Closure | None = None,
    actor: Actor,
    now: datetime,
) -> Proposal:
    """Make a first proposal be there to look at, to improve and to accept.

    The search is done before anything is written. Raises what choosing a protocol
    raises.
    """
    search = begin(question, actor=actor, now=now)
    row = row_for(question)
    row.closure, row.created_at, row.created_by = closure, now, actor.user
    row.first_found = {
        "of": sorted(search.crowd.by_key),
        "visits": search.found.total.visits,
        "courses": search.found.total.courses,
        "terms": list(search.found.total.terms),
    }
    return _keep(row=row, search=search, now=now)


@action
def _keep(*, row: Proposal, search: Search, now: datetime) -> Proposal:
    Proposal.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    for name, value in _found(search).items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def improve_proposal(
    *, proposal: Proposal, seconds: float, actor: Actor, now: datetime
) -> tuple[Proposal, Search]:
    """Make the proposal be what so many more seconds of looking have found.

    It never gets worse, unless the calendar has changed. When somebody else has
    improved it meanwhile, theirs stays.
    """
    search = resume(proposal, actor=actor, now=now).better(seconds=seconds)
    return _replace(proposal=proposal, search=search), search


@action
def _replace(*, proposal: Proposal, search: Search) -> Proposal:
    seen = Proposal.objects.filter(pk=proposal.pk, revision=proposal.revision)
    seen.update(revision=F("revision") + 1, **_found(search))
    return find_proposal(proposal.pk)


def find_proposal(pk: UUID) -> Proposal:
    """Return the proposal with all that it is about. Raises DoesNotExist."""
    related = Proposal.objects.select_related(
        "site",
        "resource__site",
        "capability",
        "protocol",
        "closure__resource",
        "closure__site",
    )
    return related.get(pk=pk)


def _found(search: Search) -> dict[str, object]:
    crowd, repair = search.crowd, search.repair
    return {
        "plans": as_json(crowd, search.found.plans),
        "alone": as_json(crowd, repair.known_alone()),
        "calendar_seen": crowd.fingerprint,
        "steps": repair.steps,
        "is_over": search.is_over,
    }
