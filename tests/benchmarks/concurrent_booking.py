"""32 people book overlapping times, round after round; nobody is booked twice.

`python -m tests.benchmarks.concurrent_booking` does 1,000 rounds on the engine of this
run (`TEST_ENGINE=postgresql` for the other) and ends with 1 when anything but a named
refusal happened, a unit was claimed twice, or a deadlock was broken up.
"""

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courses.models import Session
    from tests.builders import Clinic

BOOKERS = 32


@dataclass
class Contest:
    """What came of so many rounds."""

    rounds: int
    seconds: float = 0
    booked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    strange: Counter[str] = field(default_factory=Counter)
    double_claims: int = 0
    half_done: int = 0
    deadlocks: int = 0

    @property
    def attempts_each_second(self) -> float:
        return self.rounds * BOOKERS / self.seconds

    @property
    def is_clean(self) -> bool:
        """Each round had one winner, and nothing went wrong that has no name."""
        return (
            self.booked == self.rounds
            and not self.strange
            and not self.double_claims
            and not self.half_done
            and not self.deadlocks
        )


def hold_contest(rounds: int) -> Contest:
    """The only chair is wanted by all at once on a new day in each round."""
    from scheduler.models import Appointment, Claim
    from tests.builders import a_clinic
    from tests.racing import Crowd, deadlocks, double_claims

    contest = Contest(rounds)
    clinic, sessions = a_clinic(chairs=1), _bookers()
    before = deadlocks()
    with Crowd(BOOKERS) as crowd:
        for number in range(rounds):
            _round(contest, crowd, clinic, _sessions_for(sessions, number), number)
    contest.double_claims = double_claims()
    contest.half_done = abs(Claim.objects.count() - 6 * Appointment.objects.count())
    contest.deadlocks = deadlocks() - before
    return contest


def _round(
    contest: Contest,
    crowd: object,
    clinic: "Clinic",
    sessions: list["Session"],
    number: int,
) -> None:
    from courses.errors import Refused
    from tests.builders import at
    from tests.desk import book
    from tests.racing import Crowd

    assert isinstance(crowd, Crowd)
    day = 1 + number + 2 * ((number + 1) // 5)
    acts = [
        partial(book, session, clinic.site, at(9, 15 * (each % 4), day=day))
        for each, session in enumerate(sessions)
    ]
    started = time.perf_counter()
    outcomes = crowd.all_at_once(acts)
    contest.seconds += time.perf_counter() - started
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            contest.refused[type(outcome).__name__] += 1
        elif isinstance(outcome, Exception):
            contest.strange[repr(outcome)[:200]] += 1
        else:
            contest.booked += 1


def _bookers() -> list["Session"]:
    from datetime import date

    from tests.builders import a_course, a_patient, a_session, an_eligible_assessment

    sessions = []
    for number in range(BOOKERS):
        course = a_course(a_patient("Ana", f"Vega {number}"))
        an_eligible_assessment(course, valid_until=date(2040, 1, 1))
        sessions.append(a_session(course))
    return sessions


def _sessions_for(first: list["Session"], number: int) -> list["Session"]:
    from courses.models import Session

    return Session.objects.bulk_create(
        Session(
            course=session.course,
            visit_type=session.visit_type,
            label="Infusion",
            position=number % 30000 + 1,
        )
        for session in first
    )


def main(rounds: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        contest = hold_contest(rounds)
    finally:
        connection.close()
        teardown_databases(databases, verbosity=0)
    print(f"{connection.vendor}: {rounds} rounds of {BOOKERS} bookers")
    print(f"{contest.attempts_each_second:.0f} attempts a second")
    print(f"booked {contest.booked}, refused {dict(contest.refused)}")
    print(
        f"double claims {contest.double_claims}, half done {contest.half_done}, "
        f"deadlocks {contest.deadlocks}, other errors {dict(contest.strange)}"
    )
    return 0 if contest.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
