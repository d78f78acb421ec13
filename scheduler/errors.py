"""The named refusals of placing things in time."""

from courses.errors import Refused, StalePage


class SlotTaken(Refused):
    rule = "claim.taken"
    sentence = "That time was just taken. Choose another time."
    constraint = "claim_unit_held_by_one_appointment_at_a_time"


class PatientElsewhere(Refused):
    rule = "patient.elsewhere"
    sentence = (
        "The patient has another appointment at that time. Choose another time, "
        "or move the other appointment first."
    )
    constraint = "patient_is_in_one_place_at_a_time"


class SessionAlreadyPlaced(Refused):
    rule = "session.already_placed"
    sentence = "This session already has an appointment. Move that one instead."
    constraint = "session_has_one_live_appointment"


class UnitBeyondCapacity(Refused):
    rule = "claim.unit_beyond_capacity"
    sentence = (
        "The resource has fewer units than are claimed. Move the appointments that "
        "claim them first, or raise the capacity."
    )
    constraint = "claim_unit_is_within_capacity"


class ClaimOutOfStep(Refused):
    rule = "claim.out_of_step"
    sentence = "A claim is live exactly as long as its appointment is."
    constraint = "claims_live_as_their_appointment"


class SequenceMustRise(Refused):
    rule = "appointment.sequence"
    sentence = "An appointment can't change without a higher sequence and revision."
    constraint = "sequence_rises_when_the_appointment_moves"


class AppointmentEndsBeforeItStarts(Refused):
    rule = "appointment.span"
    sentence = "An appointment must end after it starts."
    constraint = "appointment_ends_after_it_starts"


class ClaimEndsBeforeItStarts(Refused):
    rule = "claim.span"
    sentence = "A claim must end after it starts."
    constraint = "claim_ends_after_it_starts"


class HoldWithoutExpiry(Refused):
    rule = "appointment.hold_expiry"
    sentence = "A hold says when it expires."
    constraint = "hold_says_when_it_expires"


class ClosureEndsBeforeItStarts(Refused):
    rule = "closure.span"
    sentence = "A closure must end after it starts."
    constraint = "closure_ends_after_it_starts"


class ClosureOfNothing(Refused):
    rule = "closure.target"
    sentence = "Close either one resource or a whole site."
    constraint = "closure_is_of_a_resource_or_a_site"


class ClosureHitsAppointments(Refused):
    rule = "closure.hits_appointments"
    sentence = "Appointments are booked in that time. Move or cancel them first."


class HoursCloseBeforeTheyOpen(Refused):
    rule = "hours.span"
    sentence = (
        "The closing time must be after the opening time. For hours past midnight, "
        "enter two rows, one for each day."
    )
    constraint = "hours_close_after_they_open"


class TransitionRefused(Refused):
    rule = "appointment.transition"
    sentence = "The appointment is in another state. Reload the page."


class StaleAppointment(StalePage):
    rule = "appointment.stale"


class NotFree(Refused):
    rule = "slot.not_free"
    sentence = "Not everybody and everything needed is free at that time."


class OutsideWindow(Refused):
    rule = "window.outside"
    sentence = "That day is outside the session's window."


class NotEligible(Refused):
    rule = "gate.assessment"
    sentence = (
        "No eligible assessment is valid on that day. Ask the prescriber for an "
        "assessment, or hold the time instead of booking it."
    )


class PlanOutdated(Refused):
    rule = "plan.outdated"
    sentence = "The course changed since this plan was made. Plan again."


class NoResourceCanServe(Refused):
    rule = "visit_type.unserved"
    sentence = "No resource can serve this kind of visit."
