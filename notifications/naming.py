"""What a visit may be called where others can read it."""

import re

from courses.models import Patient, VisitType
from scheduler.calendars.texts import clean_line

# The drug, the diagnosis and the specialty are named to nobody, whatever the clinic
# calls its visits and whatever the patient has agreed to.
_NEVER_NAMED = re.compile(
    r"ketamin|spravato|\bkap\b|psychedel|psicod[eé]l|ptsd|tept|trauma|stress|estr[eé]s"
    r"|depres|anxi|ansied|suicid|psych|psic|psiq|mental|addict|adicc",
    re.IGNORECASE,
)


def visit_name(patient: Patient, visit_type: VisitType) -> str:
    """Return the kind of visit, or nothing where only "appointment" may be said."""
    if patient.uses_neutral_wording or _NEVER_NAMED.search(visit_type.name):
        return ""
    return clean_line(visit_type.name)
