"""Publish a protocol that this clinic is able to carry out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from courses.actions.publish_protocol import publish_protocol
from courses.actors import Actor
from courses.errors import Refusal
from courses.models import Protocol, ResourceNeed, VisitType
from courses.transactions import action
from scheduler.errors import NoResourceCanServe
from scheduler.models import Resource, Site

Able = tuple[int, frozenset[str]]


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
    ).prefetch_related("needs__capability")
    able = _able_resources()
    unserved = [
        refusal
        for visit_type in visit_types
        if (refusal := _refuse_unserved(visit_type, able)) is not None
    ]
    if unserved:
        raise NoResourceCanServe(*unserved)
    return publish_protocol(protocol=protocol, actor=actor, now=now)


def _able_resources() -> dict[Site, list[Able]]:
    """Return what the resources of each site could do, on whatever day."""
    able: dict[Site, list[Able]] = defaultdict(list)
    resources = Resource.objects.active().prefetch_related(
        "capabilities",
        "clinician__credentials__capability",
        "working_hours__site",
    )
    for resource in resources:
        codes = {capability.code for capability in resource.capabilities.all()}
        if resource.clinician is not None:
            held = resource.clinician.credentials.all()
            codes |= {credential.capability.code for credential in held}
        for site in {hours.site for hours in resource.working_hours.all()}:
            able[site].append((resource.capacity, frozenset(codes)))
    return able


def _refuse_unserved(
    visit_type: VisitType, able: dict[Site, list[Able]]
) -> Refusal | None:
    needs = list(visit_type.needs.all())
    lacking = [_lacking(needs, resources) for resources in able.values()]
    if lacking and not all(lacking):
        return None
    missing = min(lacking, key=len, default={str(need.capability) for need in needs})
    return Refusal(
        rule=NoResourceCanServe.rule,
        sentence=(
            f"No site can serve {visit_type.name}: it lacks "
            f"{' and '.join(sorted(missing)) or 'working hours'}. Add a resource with "
            "that capability, enough units and working hours."
        ),
        session=visit_type.name,
    )


def _lacking(needs: Iterable[ResourceNeed], resources: list[Able]) -> set[str]:
    return {
        str(need.capability)
        for need in needs
        if not any(
            need.capability.code in codes and need.units <= capacity
            for capacity, codes in resources
        )
    }
