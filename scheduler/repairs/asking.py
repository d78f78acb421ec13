"""What new times are looked for, and the courses as they stand then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from courses.actions.choose_protocol import choose_protocol
from courses.actors import Actor
from courses.errors import BadInput, Refused
from courses.models import Course, Protocol
from courses.transactions import action
from scheduler.models import Proposal, Site
from scheduler.planning.problem import Preferences
from scheduler.repairs.courses_read import NO_WISH
from scheduler.repairs.reading import Crowd, read_new, read_trouble
from scheduler.repairs.troubles import Trouble


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Courses that wait to be planned, together, by the same wishes.

    Those that follow no protocol yet would follow this one.
    """

    site: Site
    course_ids: tuple[UUID, ...]
    protocol: Protocol | None = None
    preferences: Preferences = NO_WISH

    def protocol_for(self, course: Course) -> Protocol:
        """Return what the course follows or will follow. Raises BadInput if nothing."""
        protocol = course.protocol or self.protocol
        if protocol is None:
            raise BadInput.because(
                "Choose the protocol that courses without one will follow."
            )
        return protocol


Question = Trouble | Newcomers


def question_of(proposal: Proposal) -> Question:
    """Return what the proposal was made for."""
    if proposal.starts_at is not None and proposal.ends_at is not None:
        return Trouble(
            proposal.site,
            proposal.starts_at,
            proposal.ends_at,
            proposal.resource,
            proposal.capability,
        )
    return Newcomers(
        proposal.site,
        tuple(UUID(pk) for pk in proposal.course_ids),
        proposal.protocol,
        Preferences(start_on=proposal.start_on),
    )


def row_for(question: Question) -> Proposal:
    """Return an unsaved proposal that remembers the question."""
    if isinstance(question, Trouble):
        return Proposal(
            site=question.site,
            starts_at=question.starts_at,
            ends_at=question.ends_at,
            resource=question.resource,
            capability=question.capability,
        )
    return Proposal(
        site=question.site,
        course_ids=[str(pk) for pk in question.course_ids],
        protocol=question.protocol,
        start_on=question.preferences.start_on,
    )


def read_crowd(question: Question, *, actor: Actor, now: datetime) -> Crowd:
    """Return the courses that the question is about, and the calendar they share."""
    if isinstance(question, Trouble):
        return read_trouble(question, now=now)
    return _read_as_if_chosen(question=question, actor=actor, now=now)


@action
def _read_as_if_chosen(*, question: Newcomers, actor: Actor, now: datetime) -> Crowd:
    """Return the courses as they would be under the protocol.

    It is chosen in a transaction that is always taken back, so the trial runs through
    the very code that the booking runs through.
    """
    refused: dict[UUID, Refused] = {}
    waiting = Course.objects.filter(pk__in=question.course_ids, protocol=None)
    for course in waiting.order_by("pk"):
        try:
            choose_protocol(
                course=course,
                protocol=question.protocol_for(course),
                actor=actor,
                now=now,
            )
        except Refused as why:
            refused[course.pk] = why
    crowd = read_new(
        set(question.course_ids) - refused.keys(),
        site=question.site,
        preferences=question.preferences,
        now=now,
    )
    crowd = replace(crowd, refused=_named(refused))
    transaction.set_rollback(True)
    return crowd


def _named(refused: Mapping[UUID, Refused]) -> tuple[tuple[Course, Refused], ...]:
    courses = Course.objects.select_related("patient").in_bulk(list(refused))
    return tuple((courses[pk], why) for pk, why in refused.items())
