"""Who and what the demo clinic has, and when they are there. Only data.

Riverside is open every day, so that today's board is busy on a Sunday too. Nurses
work long days and few of them; two nurses at least are there on every day.
"""

from dataclasses import dataclass
from datetime import time

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
WEEKDAYS = (MON, TUE, WED, THU, FRI)
EVERY_DAY = tuple(range(7))

RIVERSIDE = "riverside"
WESTLAKE = "westlake"


@dataclass(frozen=True, slots=True)
class SiteSheet:
    """One address of the clinic."""

    code: str
    name: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Shift:
    """The same hours on some weekdays at one site; a lunch break splits them."""

    days: tuple[int, ...]
    opens: time
    closes: time
    lunch: tuple[time, time] | None = None
    site: str = RIVERSIDE


@dataclass(frozen=True, slots=True)
class ThingSheet:
    """A chair or a room."""

    name: str
    kind: str
    capability: str
    shift: Shift

    @property
    def site(self) -> str:
        """Return the code of the site that it stands at."""
        return self.shift.site


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """A clinician; the first shift's site is the home site."""

    name: str
    can: tuple[str, ...]
    shifts: tuple[Shift, ...]
    capacity: int = 1

    @property
    def site(self) -> str:
        """Return the code of the site that the person belongs to."""
        return self.shifts[0].site


SITES = (
    SiteSheet(
        RIVERSIDE, "Riverside", "12 Example Quay, Springfield", "+1 212 555 0100"
    ),
    SiteSheet(WESTLAKE, "Westlake", "400 Sample Shore, Shelbyville", "+1 312 555 0100"),
)

# Where Riverside and Westlake may stand: the first pair where it is day at Riverside.
# Between them there is always one, at any hour and in any season.
ZONES = (
    ("America/New_York", "America/Chicago"),
    ("Europe/Berlin", "Europe/London"),
    ("Australia/Sydney", "Australia/Adelaide"),
)
DAYTIME = (time(8, 30), time(18, 30))

_RIVERSIDE_DAY = Shift(EVERY_DAY, time(7, 30), time(20))
_WESTLAKE_DAY = Shift(WEEKDAYS, time(7, 30), time(18), site=WESTLAKE)

THINGS = (
    ThingSheet("Chair 1", "chair", "infusion-chair", _RIVERSIDE_DAY),
    ThingSheet("Chair 2", "chair", "infusion-chair", _RIVERSIDE_DAY),
    ThingSheet("Chair 3", "chair", "infusion-chair", _RIVERSIDE_DAY),
    ThingSheet("Willow room", "room", "treatment-room", _RIVERSIDE_DAY),
    ThingSheet("Maple room", "room", "consulting-room", _RIVERSIDE_DAY),
    ThingSheet("Birch room", "room", "consulting-room", _RIVERSIDE_DAY),
    ThingSheet("Chair 1", "chair", "infusion-chair", _WESTLAKE_DAY),
    ThingSheet("Harbor room", "room", "treatment-room", _WESTLAKE_DAY),
    ThingSheet("Pier room", "room", "consulting-room", _WESTLAKE_DAY),
)

_NURSE = ("monitoring-nurse", "safety-caller")
_PRESCRIBER = ("prescriber", "follow-up")
_THERAPIST = ("therapist", "safety-caller", "follow-up")
_NOON = (time(12), time(12, 45))
_ONE = (time(13), time(13, 45))


def _nurse_days(*days: int) -> tuple[Shift, ...]:
    return (Shift(days, time(7, 30), time(20)),)


PEOPLE = (
    PersonSheet("Nia Fallow, RN", _NURSE, _nurse_days(MON, TUE, WED, THU), 2),
    PersonSheet("Per Lindqvist, RN", _NURSE, _nurse_days(THU, FRI, SAT, SUN), 2),
    PersonSheet("Odile Marsh, RN", _NURSE, _nurse_days(FRI, SAT, SUN, MON), 2),
    PersonSheet("Tomás Quill, RN", _NURSE, _nurse_days(TUE, WED, THU, FRI), 2),
    PersonSheet(
        "Dr. Amara Stone",
        _PRESCRIBER,
        (Shift((MON, TUE, WED, THU, FRI), time(7, 30), time(20), _NOON),),
    ),
    PersonSheet(
        "Dr. Felix Hartnell",
        _PRESCRIBER,
        (Shift((WED, THU, FRI, SAT, SUN), time(7, 30), time(20), _ONE),),
    ),
    PersonSheet(
        "Dr. Ines Calloway",
        _PRESCRIBER,
        (Shift((SAT, SUN, MON, TUE), time(8), time(19), _NOON),),
    ),
    PersonSheet(
        "Ruth Abernathy, LCSW",
        _THERAPIST,
        (Shift((MON, TUE, WED, THU, FRI), time(8), time(18), _ONE),),
    ),
    PersonSheet(
        "Kenji Moreau, PsyD",
        (*_THERAPIST, "rater"),
        (Shift((THU, FRI, SAT, SUN, MON), time(8), time(18), _NOON),),
    ),
    PersonSheet(
        "Solveig Tran, PhD",
        _THERAPIST,
        (Shift((SUN, TUE, WED, THU, SAT), time(10), time(20)),),
    ),
    PersonSheet(
        "Bruno Castellan, PsyD",
        _THERAPIST,
        (
            Shift((SAT, SUN), time(9), time(19)),
            Shift((TUE, WED, THU, FRI), time(8), time(17), site=WESTLAKE),
        ),
    ),
    PersonSheet(
        "Mina Oduya, MA",
        ("rater",),
        (Shift((SUN, MON, TUE, WED, THU), time(8), time(18), _ONE),),
    ),
    PersonSheet(
        "Harlan Pike, RN",
        _NURSE,
        (Shift((MON, TUE, WED, THU), time(7, 30), time(18), site=WESTLAKE),),
        2,
    ),
    PersonSheet(
        "Yara Benson, RN",
        _NURSE,
        (Shift((WED, THU, FRI), time(7, 30), time(18), site=WESTLAKE),),
        2,
    ),
    PersonSheet(
        "Dr. Theo Vandermeer",
        _PRESCRIBER,
        (Shift(WEEKDAYS, time(7, 30), time(18), _NOON, site=WESTLAKE),),
    ),
    PersonSheet(
        "Leona Whitford, LMFT",
        (*_THERAPIST, "rater"),
        (Shift(WEEKDAYS, time(8), time(18), _ONE, site=WESTLAKE),),
    ),
)

# The clinician who signs in as "clinician".
SIGNS_IN = "Dr. Amara Stone"
