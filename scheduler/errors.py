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


class AppointmentStatusUnknown(Refused):
    rule = "appointment.status"
    sentence = (
        "An appointment is in one of the states that the program knows. Use the "
        "buttons on its page."
    )
    constraint = "appointment_status_is_known"


class AppointmentNotDeleted(Refused):
    rule = "appointment.deleted"
    sentence = (
        "Appointments and what they claim are kept for good. Cancel the appointment "
        "instead of deleting it."
    )
    constraint = "appointments_are_cancelled_not_deleted"


class UidTaken(Refused):
    rule = "appointment.uid"
    sentence = (
        "Another appointment has that calendar identifier. Nothing was booked; book "
        "again."
    )
    constraint = "appointment_has_its_own_uid"


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


class SiteCodeTaken(Refused):
    rule = "site.code"
    sentence = "Another site has that code. Choose another code."
    constraint = "site_has_its_own_code"


class GridUneven(Refused):
    rule = "site.grid"
    sentence = (
        "Visits begin every 5, 10, 15, 20, 30 or 60 minutes. Choose one of these."
    )
    constraint = "site_grid_divides_the_hour"


class SiteTooFar(Refused):
    rule = "site.travel"
    sentence = (
        "A patient needs at most 600 minutes between two sites. Choose fewer minutes."
    )
    constraint = "site_is_reached_within_ten_hours"


class ResourceNameTaken(Refused):
    rule = "resource.name"
    sentence = "This site has a resource of that name. Choose another name."
    constraint = "resource_name_is_unique_at_its_site"


class ResourceWithoutUnits(Refused):
    rule = "resource.capacity"
    sentence = (
        "A resource has at least one unit. To take it out of use, make it inactive."
    )
    constraint = "resource_has_at_least_one_unit"


class OnlyPersonsAreClinicians(Refused):
    rule = "resource.clinician"
    sentence = (
        "Only a person can be a clinician. Choose the kind Person, or clear the "
        "clinician."
    )
    constraint = "only_a_person_is_a_clinician"


class ClinicianIsResourceAlready(Refused):
    rule = "resource.clinician_once"
    sentence = (
        "Another resource stands for that clinician. Give that one working hours at "
        "both sites instead of adding a second."
    )
    constraint = "clinician_is_one_resource"


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


class NothingToReopen(Refused):
    rule = "closure.nothing_to_reopen"
    sentence = "This time is open already. Reload the page and look again."


class HoursCloseBeforeTheyOpen(Refused):
    rule = "hours.span"
    sentence = (
        "The closing time must be after the opening time. For hours past midnight, "
        "enter two rows, one for each day."
    )
    constraint = "hours_close_after_they_open"


class HoursEndBeforeTheyBegin(Refused):
    rule = "hours.validity"
    sentence = (
        "The last day of these hours is before their first. Swap or correct them."
    )
    constraint = "hours_end_after_they_begin_to_hold"


class TransitionRefused(Refused):
    rule = "appointment.transition"
    sentence = "The appointment is in another state. Reload the page."


class StaleAppointment(StalePage):
    rule = "appointment.stale"


class NotFree(Refused):
    rule = "slot.not_free"
    sentence = "Not everybody and everything needed is free at that time."


# What it looks like when somebody else took the time meanwhile.
TAKEN = (NotFree, SlotTaken, PatientElsewhere, SessionAlreadyPlaced)


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


class RippleOutdated(Refused):
    rule = "ripple.outdated"
    sentence = (
        "Something changed after you looked. Look at what would happen now, and commit "
        "that."
    )


class NoResourceCanServe(Refused):
    rule = "visit_type.unserved"
    sentence = "No resource can serve this kind of visit."


class FeedAlreadyOpen(Refused):
    rule = "feed.one_open"
    sentence = (
        "This clinician already has a calendar address. Reload the page; ask for a "
        "new address to replace it."
    )
    constraint = "clinician_has_one_open_feed"


class FeedRevokedTooEarly(Refused):
    rule = "feed.revoked_at"
    sentence = (
        "A calendar address can't have ended before it was made. Check the clock of "
        "the server."
    )
    constraint = "feed_is_revoked_after_it_was_made"


class FeedAddressTaken(Refused):
    rule = "feed.address"
    sentence = (
        "Another calendar has that address. Nothing was made; ask for an address again."
    )
    constraint = "feed_has_its_own_address"
