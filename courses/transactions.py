"""The one place where a transaction is opened, retried and its violations named."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from courses.errors import Contended, Refused, refused_classes
from courses.queueing import turn_to_write

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 4
RETRIED_SQLSTATES = {"40001", "40P01", "55P03"}


def action(verb: Callable[P, R]) -> Callable[P, R]:
    """Run the verb in one transaction.

    A violated constraint becomes its named error. Deadlocks, serialization failures
    and SQLite's "database is locked" are retried `ATTEMPTS` times with jitter; after
    that `Contended` is raised. Inside another action the verb simply joins in.
    """

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if transaction.get_connection().in_atomic_block:
            return _once(verb, *args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with turn_to_write():
                    return _once(verb, *args, **kwargs)
            except OperationalError as error:
                if not _may_pass_on_retry(error):
                    raise
                if attempt == ATTEMPTS:
                    raise Contended from error
                # Jitter, so that two losers don't collide again in step.
                time.sleep(random.uniform(0.005, 0.02) * attempt)  # noqa: S311
        raise AssertionError("unreachable")

    return run


def _once(verb: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        with transaction.atomic():
            return verb(*args, **kwargs)
    except IntegrityError as error:
        named = error_for(error)
        if named is None:
            raise
        raise named from error


def error_for(error: IntegrityError) -> Refused | None:
    """Return the named error of the constraint that was violated, if it is ours.

    PostgreSQL reports the constraint's name; SQLite's triggers and checks carry it
    in the message.
    """
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    message = str(error)
    for named in refused_classes():
        if named.constraint and (
            named.constraint == name or (name is None and named.constraint in message)
        ):
            return named()
    return None


def _may_pass_on_retry(error: DatabaseError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state in RETRIED_SQLSTATES or "database is locked" in str(error)
