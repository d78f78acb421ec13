"""Which visits to come are booked over a closure: somebody must restaff or move them.

A sick day closes a person although visits are booked. They stay where they are until
the desk has found others; this says which ones, wherever they are shown.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from scheduler.models import Appointment, Claim, Closure

# What is under way or over can't be moved any more.
EXPECTED = (
    Appointment.Status.HELD,
    Appointment.Status.BOOKED,
    Appointment.Status.ARRIVED,
)


def closures_over(appointments: Iterable[Appointment]) -> list[Closure]:
    """Return the closures that may hit one of the appointments (one query).

    Their claims are prefetched.
    """
    claims = [claim for each in appointments for claim in each.claims.all()]
    if not claims:
        return []
    sites = {appointment.site_id for appointment in appointments}
    return list(
        Closure.objects.filter(
            Q(site__in=sites) | Q(resource__in={claim.resource_id for claim in claims}),
            starts_at__lt=max(claim.ends_at for claim in claims),
            ends_at__gt=min(claim.starts_at for claim in claims),
        )
    )


def closed_then(
    appointments: Iterable[Appointment], closures: Iterable[Closure]
) -> dict[UUID, str]:
    """Return what to tell the desk about each appointment that a closure hits.

    The appointments' sites, claims and the claims' resources are loaded.
    """
    known = list(closures)
    found = {
        appointment.pk: _closed_names(appointment, known)
        for appointment in appointments
        if appointment.status in EXPECTED
    }
    return {key: _words(names) for key, names in found.items() if names}


def _closed_names(appointment: Appointment, closures: list[Closure]) -> list[str]:
    """Return the site or the resources that are closed, each once."""
    names = {
        appointment.site.name if closure.site_id else claim.resource.name
        for claim in appointment.claims.all()
        for closure in closures
        if _hits(closure, claim, appointment)
    }
    return sorted(names)


def _hits(closure: Closure, claim: Claim, appointment: Appointment) -> bool:
    return (
        closure.site_id == appointment.site_id
        or closure.resource_id == claim.resource_id
    ) and (closure.starts_at < claim.ends_at and claim.starts_at < closure.ends_at)


def _words(names: list[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} closed then"
