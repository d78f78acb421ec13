"""How far each made-up patient has come, in one line each. Only data.

A course is laid so that one of its steps lands on a day counted from today. `around`
is the time of day that the patient likes, in minutes from now, so that the board is
busy whenever the demo is opened.
"""

from dataclasses import dataclass
from enum import Enum

from scheduler.demo.roster import RIVERSIDE, WESTLAKE

INFUSIONS_2W = "iv-6-2w"
INFUSIONS_4W = "iv-8-4w"
INJECTIONS = "kap-im-6"


class Stage(Enum):
    """How far a patient has come."""

    REFERRED = "referred"
    ASSESSMENT_BOOKED = "assessment booked"
    ASSESSED = "assessed, not decided"
    DEFERRED = "deferred"
    NOT_ELIGIBLE = "not eligible"
    ELIGIBLE = "eligible, not planned"
    HELD = "course held"
    IN_TREATMENT = "course booked"
    STOPPED = "stopped early"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Story:
    """One patient's way; days count from today, `lands` names a step of the course."""

    stage: Stage
    site: str = RIVERSIDE
    protocol: str = ""
    lands: str = ""
    on_day: int = 0
    around: int = 0
    missed: str = ""
    moved: str = ""
    cancelled: str = ""
    restored: str = ""
    is_late_today: bool = False
    reason: str = ""


def _course(
    protocol: str, lands: str, on_day: int, around: int, **more: object
) -> Story:
    return Story(
        **{  # type: ignore[arg-type]
            "stage": Stage.IN_TREATMENT,
            "protocol": protocol,
            "lands": lands,
            "on_day": on_day,
            "around": around,
            **more,
        }
    )


def _completed(protocol: str, days_ago: int, **more: object) -> Story:
    return _course(protocol, "FU2", -days_ago, -60, stage=Stage.COMPLETED, **more)


STORIES = (
    # Today, at every point of a visit.
    _course(INFUSIONS_2W, "D3", 0, -110),
    _course(INFUSIONS_4W, "D5", 0, -75),
    _course(INFUSIONS_2W, "D5", 0, -40),
    _course(INJECTIONS, "D2", 0, -50),
    _course(INFUSIONS_4W, "D2", 0, -10, is_late_today=True),
    _course(INFUSIONS_2W, "D1", 0, 35),
    _course(INFUSIONS_4W, "D7", 0, 120, moved="D6"),
    _course(INFUSIONS_2W, "INTB", 0, -25, missed="D2"),
    _course(INJECTIONS, "I3", 0, 30),
    _course(INFUSIONS_2W, "D2", 0, -45, site=WESTLAKE),
    _course(INFUSIONS_4W, "INT2", 0, 15, site=WESTLAKE, restored="D4"),
    _course(INJECTIONS, "D4", 0, 60, site=WESTLAKE, missed="D2"),
    Story(Stage.ASSESSMENT_BOOKED, on_day=0, around=-70),
    Story(Stage.ASSESSMENT_BOOKED, on_day=0, around=15),
    Story(Stage.ASSESSMENT_BOOKED, on_day=1, around=60, site=WESTLAKE),
    # On the way.
    _course(INJECTIONS, "D5", 2, 90),
    _course(INFUSIONS_2W, "D4", 1, -120, cancelled="END"),
    _course(INFUSIONS_4W, "D1", 3, 60),
    _course(INFUSIONS_2W, "D1", 5, 0),
    _course(INJECTIONS, "D1", 8, 150),
    _course(INFUSIONS_2W, "D1", 11, -60, site=WESTLAKE),
    # Treated; follow-up still to come.
    _course(INFUSIONS_2W, "FU1", 0, 100),
    _course(INFUSIONS_4W, "D8", -21, 30),
    _course(INJECTIONS, "I6", -33, 0, site=WESTLAKE),
    # Before a course is planned.
    Story(Stage.REFERRED, on_day=0),
    Story(Stage.REFERRED, on_day=-1),
    Story(Stage.REFERRED, on_day=-3, site=WESTLAKE),
    Story(Stage.ASSESSMENT_BOOKED, on_day=4, around=-30),
    Story(Stage.ASSESSED, on_day=-1, around=-90),
    Story(Stage.DEFERRED, on_day=-6, around=45, reason="Cardiology letter"),
    Story(Stage.NOT_ELIGIBLE, on_day=-40, around=0),
    Story(Stage.ELIGIBLE, on_day=-2, around=-15),
    Story(Stage.HELD, protocol=INFUSIONS_2W, lands="D1", on_day=14, around=0),
    # Over.
    _completed(INFUSIONS_2W, 4),
    _completed(INFUSIONS_4W, 11, missed="D6"),
    _completed(INJECTIONS, 20, site=WESTLAKE),
    _completed(INFUSIONS_2W, 45),
    _course(
        *(INFUSIONS_2W, "D1", -9, -30),
        stage=Stage.STOPPED,
        reason="The patient didn't want to go on after the first session",
    ),
    _course(
        *(INFUSIONS_4W, "D4", -26, 60),
        stage=Stage.STOPPED,
        missed="D3",
        reason="Moved to another state",
    ),
    _course(
        *(INJECTIONS, "D3", -58, 0),
        stage=Stage.STOPPED,
        site=WESTLAKE,
        reason="Continues with a therapist near home",
    ),
)
