"""What a proposal would do to each course, visit by visit."""

from uuid import uuid4

from scheduler.planning.problem import Plan
from scheduler.repairs.reading import Member
from scheduler.ripples.building import diff_of
from scheduler.ripples.changes import Replace
from scheduler.ripples.diff import Ripple, RippleDiff
from scheduler.ripples.posing import Wanted


def change_of(member: Member, plan: Plan) -> RippleDiff:
    """Return the course before and after, and everything that comes with it."""
    return diff_of(member.reading, Replace(), Wanted(), plan, ripple_id=uuid4())


def ripple_of(member: Member, plan: Plan) -> Ripple:
    """Return what is to be committed to give the course its new times."""
    return change_of(member, plan).ripple
