"""The clinic's own records, one module per aggregate."""

from courses.models.assessment import Assessment
from courses.models.clinician import Capability, Clinician, Credential
from courses.models.course import Course, Session
from courses.models.event import ClinicEvent, CourseEvent
from courses.models.hold import CourseHold
from courses.models.patient import Patient
from courses.models.protocol import Protocol, ProtocolStep, SpacingRule
from courses.models.visit_type import ResourceNeed, VisitPhase, VisitType

__all__ = [
    "Assessment",
    "Capability",
    "ClinicEvent",
    "Clinician",
    "Course",
    "CourseEvent",
    "CourseHold",
    "Credential",
    "Patient",
    "Protocol",
    "ProtocolStep",
    "ResourceNeed",
    "Session",
    "SpacingRule",
    "VisitPhase",
    "VisitType",
]
