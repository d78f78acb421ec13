"""Publish a draft protocol, after which it never changes."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import ProtocolInvalid, ProtocolIsImmutable
from courses.history import record_of_clinic
from courses.models import ClinicEvent, Protocol
from courses.rules.protocol_shape import protocol_problems
from courses.shapes import protocol_shape
from courses.transactions import action


@action
def publish_protocol(*, protocol: Protocol, actor: Actor, now: datetime) -> Protocol:
    """Make the draft the version that new courses may take.

    Raises ProtocolInvalid with every reason why nobody could follow it, and
    ProtocolIsImmutable when it isn't a draft.
    """
    draft = Protocol.objects.select_for_update().get(pk=protocol.pk)
    if draft.status != Protocol.Status.DRAFT:
        raise ProtocolIsImmutable
    problems = protocol_problems(*protocol_shape(draft))
    if problems:
        raise ProtocolInvalid(*problems)
    draft.status = Protocol.Status.PUBLISHED
    draft.published_at = now
    draft.save(update_fields=["status", "published_at"])
    record_of_clinic(
        ClinicEvent.Kind.PROTOCOL_PUBLISHED,
        subject=draft,
        subject_id=draft.pk,
        details={"code": draft.code, "version": draft.version},
        actor=actor,
        now=now,
    )
    return draft
