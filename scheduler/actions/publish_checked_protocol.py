"""Publish a protocol that this clinic is able to carry out, and to plan."""

from datetime import datetime

from courses.actions.publish_protocol import publish_protocol
from courses.actors import Actor
from courses.errors import ProtocolInvalid, Refusal
from courses.models import Protocol
from courses.shapes import protocol_course
from courses.transactions import action
from scheduler.availability import read_visits
from scheduler.errors import NoResourceCanServe
from scheduler.planning.limits import refuse_unheld
from scheduler.serving import refuse_unserved


@action
def publish_checked_protocol(
    *, protocol: Protocol, actor: Actor, now: datetime
) -> Protocol:
    """Make the draft published, if some site can serve every visit type in it.

    Raises NoResourceCanServe naming each visit type and what it lacks, ProtocolInvalid
    when the planner couldn't hold a course of it, and what courses' publish_protocol
    raises.
    """
    types = dict(
        protocol.steps.filter(visit_type__is_placed=True).values_list(
            "code", "visit_type_id"
        )
    )
    unserved = refuse_unserved(set(types.values()), now=now)
    if unserved:
        raise NoResourceCanServe(*unserved)
    published = publish_protocol(protocol=protocol, actor=actor, now=now)
    unheld = refuse_unplannable(published, types)
    if unheld:
        raise ProtocolInvalid(*unheld)
    return published


def refuse_unplannable(
    protocol: Protocol, types: dict[str, int]
) -> tuple[Refusal, ...]:
    """Return why a course of the protocol couldn't be planned exactly."""
    visits = read_visits(set(types.values()))
    of_steps = {code: visits[visit_type] for code, visit_type in types.items()}
    return refuse_unheld(protocol_course(protocol), of_steps)
