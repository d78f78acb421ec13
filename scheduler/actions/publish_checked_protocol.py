"""Publish a protocol that this clinic is able to carry out."""

from datetime import datetime

from courses.actions.publish_protocol import publish_protocol
from courses.actors import Actor
from courses.models import Protocol, VisitType
from courses.transactions import action
from scheduler.errors import NoResourceCanServe
from scheduler.serving import refuse_unserved


@action
def publish_checked_protocol(
    *, protocol: Protocol, actor: Actor, now: datetime
) -> Protocol:
    """Make the draft published, if some site can serve every visit type in it.

    Raises NoResourceCanServe naming each visit type and what it lacks, and what
    courses' publish_protocol raises.
    """
    visit_types = VisitType.objects.filter(
        pk__in=protocol.steps.values("visit_type"), is_placed=True
    )
    unserved = refuse_unserved([row.pk for row in visit_types], now=now)
    if unserved:
        raise NoResourceCanServe(*unserved)
    return publish_protocol(protocol=protocol, actor=actor, now=now)
