"""Every statement that the database refuses, from all three apps."""

from tests.courses.breaches import courses, kinds_of_visit, protocols
from tests.notifications import breaches as messages
from tests.raw_sql import Breach
from tests.scheduler.breaches import appointments, claims, places

ALL = [
    Breach(name, make)
    for part in (
        courses,
        kinds_of_visit,
        protocols,
        appointments,
        claims,
        places,
        messages,
    )
    for name, makes in part.BREACHES.items()
    for make in makes
]
