"""Retire a protocol: no new course takes it."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import ProtocolInvalid
from courses.history import record_of_clinic
from courses.models import ClinicEvent, Protocol
from courses.transactions import action


@action
def retire_protocol(*, protocol: Protocol, actor: Actor, now: datetime) -> Protocol:
    """Make the published version one that no new course may take.

    Courses that follow it go on. Raises ProtocolInvalid when it isn't published.
    """
    locked = Protocol.objects.select_for_update().get(pk=protocol.pk)
    if locked.status != Protocol.Status.PUBLISHED:
        raise ProtocolInvalid.because(
            f"{locked} is {locked.get_status_display().lower()}, so it can't be "
            "retired. Only a published version can."
        )
    locked.status = Protocol.Status.RETIRED
    locked.save(update_fields=["status"])
    record_of_clinic(
        ClinicEvent.Kind.PROTOCOL_RETIRED,
        subject=locked,
        subject_id=locked.pk,
        details={"code": locked.code, "version": locked.version},
        actor=actor,
        now=now,
    )
    return locked
