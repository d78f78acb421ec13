"""Tells whether a course is still planned by the same rules, in one short text."""

import hashlib
import re
from collections.abc import Mapping
from uuid import UUID

from courses.rules.shapes import CourseShape, SpacingShape

_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def rules_digest(shape: CourseShape, own: Mapping[str, UUID]) -> str:
    """Return a digest of everything that a course is planned by, and of its own people.

    Sessions count by their place in the course, not by their key: one that a change
    adds has another key in each trial.
    """
    places = {session.key: f"#{n}" for n, session in enumerate(shape.sessions)}
    sessions = _KEY.sub(lambda key: places.get(key[0], key[0]), repr(shape.sessions))
    told = [
        sessions,
        # Rules come from the database in any order.
        sorted(_told(rule, places) for rule in shape.spacing),
        sorted(shape.keeps),
        shape.finishes_early,
        sorted((group, str(who)) for group, who in own.items()),
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


def _told(rule: SpacingShape, places: Mapping[str, str]) -> str:
    only = sorted(places[key] for key in rule.only)
    return repr((rule.kind, rule.days, rule.count, rule.is_hard, rule.about, only))
