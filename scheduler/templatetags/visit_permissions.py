"""Lets a template ask whether a member of staff may press a visit's button."""

from django import template
from django.contrib.auth.models import User

from scheduler.visit_steps import VisitStep

register = template.Library()


@register.filter
def may_take(user: User, step: VisitStep) -> bool:
    """Tell whether the user has the permission that the step asks for."""
    return user.has_perm(step.permission)
