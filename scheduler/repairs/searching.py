"""Looking for new times for a while, and for better ones later on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from courses.actors import Actor
from scheduler.models import Proposal
from scheduler.planning.crowd import Proposal as Found
from scheduler.planning.repairing import Repair
from scheduler.repairs.asking import Question, question_of, read_crowd
from scheduler.repairs.reading import Crowd
from scheduler.repairs.stored import from_json

Clock = Callable[[], float]


@dataclass(frozen=True)
class Search:
    """The courses, the engine, and the best that it has found.

    `is_over` says that looking on is of no use; `is_stale` that some of what was found
    before isn't possible any more, and was looked for again.
    """

    crowd: Crowd
    repair: Repair
    found: Found
    is_over: bool = False
    is_stale: bool = False

    def better(self, *, seconds: float, clock: Clock = time.monotonic) -> "Search":
        """Return the search after it went on for so long; nothing gets worse."""
        until = clock() + seconds
        found, steps = self.found, self.repair.steps
        for found in self.repair.improved(seed=steps):
            if clock() >= until:
                return Search(self.crowd, self.repair, found)
        return Search(self.crowd, self.repair, found, is_over=True)


def begin(question: Question, *, actor: Actor, now: datetime) -> Search:
    """Return the search with its first proposal. Nothing is written."""
    crowd = read_crowd(question, actor=actor, now=now)
    repair = crowd.repair()
    return Search(crowd, repair, repair.first())


def resume(proposal: Proposal, *, actor: Actor, now: datetime) -> Search:
    """Return the search where it was left, on the calendar of now."""
    crowd = read_crowd(question_of(proposal), actor=actor, now=now)
    repair = crowd.repair()
    repair.steps = proposal.steps
    plans = from_json(crowd, proposal.plans)
    if not repair.resume(plans):
        repair = crowd.repair()
        return Search(crowd, repair, repair.first(), is_stale=True)
    found = repair.catch_up()
    lost = proposal.plans.keys() & crowd.by_key.keys() - plans.keys()
    if crowd.fingerprint != proposal.calendar_seen:
        return Search(crowd, repair, found, is_stale=bool(lost))
    repair.recall(from_json(crowd, proposal.alone))
    return Search(crowd, repair, repair.proposal(), is_over=proposal.is_over)
