"""32 people book overlapping times, round after round; nobody is booked twice.

They sit in two processes of 16 threads each, as behind the web server of the compose
file. `python -m tests.benchmarks.concurrent_booking` does 1,000 rounds on the engine of
this run (`TEST_ENGINE=postgresql` for the other) and ends with 1 when anything but a
named refusal happened, a unit was claimed twice, or a deadlock was broken up.
"""

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courses.models import Session
    from scheduler.models import Site

BOOKERS = 32
PROCESSES = 2
EACH = BOOKERS // PROCESSES
PATIENCE_SECONDS = 120

Rounds = list[list["Session"]]


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

    def count(self, outcomes: Sequence[object]) -> None:
        """Add what the bookers of one process met in one round."""
        from courses.errors import Refused

        for outcome in outcomes:
            if isinstance(outcome, Refused):
                self.refused[type(outcome).__name__] += 1
            elif isinstance(outcome, Exception):
                self.strange[repr(outcome)[:200]] += 1
            else:
                self.booked += 1

    def add(self, part: "Contest") -> None:
        """Add the other process's half of the same rounds."""
        # Both wait for each other at either end of a round.
        self.seconds = max(self.seconds, part.seconds)
        self.booked += part.booked
        self.refused += part.refused
        self.strange += part.strange


def hold_contest(rounds: int) -> Contest:
    """The only chair is wanted by all at once on a new day in each round."""
    from django.db import connection

    from scheduler.models import Appointment, Claim
    from tests.builders import a_clinic
    from tests.racing import deadlocks, double_claims

    contest = Contest(rounds)
    clinic, sessions = a_clinic(chairs=1), _sessions(rounds)
    before = deadlocks()
    # A connection must not be shared with the processes that are forked now.
    connection.close()
    for part in _in_processes(clinic.site, sessions):
        contest.add(part)
    contest.double_claims = double_claims()
    contest.half_done = abs(Claim.objects.count() - 6 * Appointment.objects.count())
    contest.deadlocks = deadlocks() - before
    return contest


def _in_processes(site: "Site", sessions: Rounds) -> list[Contest]:
    fork = multiprocessing.get_context("fork")
    line = fork.Barrier(PROCESSES, timeout=PATIENCE_SECONDS)
    readers = []
    for number in range(PROCESSES):
        reader, writer = fork.Pipe(duplex=False)
        mine = [each[number * EACH : (number + 1) * EACH] for each in sessions]
        fork.Process(target=_book_all, args=(site, mine, line, writer)).start()
        writer.close()
        readers.append(reader)
    return [reader.recv() for reader in readers]


def _book_all(
    site: "Site", sessions: Rounds, line: Barrier, writer: Connection
) -> None:
    """Book every round's sessions, in step with the other processes."""
    from tests.builders import at
    from tests.desk import book
    from tests.racing import Crowd

    part = Contest(len(sessions))
    with Crowd(EACH) as crowd:
        for number, mine in enumerate(sessions):
            day = 1 + number + 2 * ((number + 1) // 5)
            acts = [
                partial(book, session, site, at(9, 15 * (each % 4), day=day))
                for each, session in enumerate(mine)
            ]
            line.wait()
            started = time.perf_counter()
            outcomes = crowd.all_at_once(acts)
            line.wait()
            part.seconds += time.perf_counter() - started
            part.count(outcomes)
    writer.send(part)


def _sessions(rounds: int) -> Rounds:
    """So many sessions for each of 32 patients, who may all be treated."""
    from datetime import date

    from courses.models import Session
    from tests.builders import a_course, a_patient, an_eligible_assessment, an_infusion

    courses = [a_course(a_patient("Ana", f"Vega {n}")) for n in range(BOOKERS)]
    for course in courses:
        an_eligible_assessment(course, valid_until=date(2040, 1, 1))
    visit_type = an_infusion()
    return [
        Session.objects.bulk_create(
            Session(
                course=course, visit_type=visit_type, label="Infusion", position=number
            )
            for course in courses
        )
        for number in range(1, rounds + 1)
    ]


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
