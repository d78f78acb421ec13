"""The named refusals of telling."""

from courses.errors import Refused


class NotificationOwedTwice(Refused):
    rule = "notification.owed_twice"
    sentence = (
        "This message is already planned. "
        "There is one for each change, rule, recipient and channel."
    )
    constraint = "notification_is_owed_once"


class MessageIdTaken(Refused):
    rule = "notification.message_id"
    sentence = (
        "Another message has that Message-ID. Nothing was planned; it is planned "
        "again by itself."
    )
    constraint = "notification_has_its_own_message_id"


class LeaseIncomplete(Refused):
    rule = "notification.lease"
    sentence = "A message in somebody's hands says whose they are and until when."
    constraint = "notification_in_hand_has_a_lease"


class ReasonMissing(Refused):
    rule = "notification.reason"
    sentence = "A message that wasn't sent says why."
    constraint = "unsent_notification_says_why"


class SentWithoutTime(Refused):
    rule = "notification.sent_at"
    sentence = "A sent message says when it was sent."
    constraint = "sent_notification_says_when"


class ReminderCodeTaken(Refused):
    rule = "reminder_rule.code"
    sentence = (
        "Another reminder rule has that code. Change that rule, or choose another code."
    )
    constraint = "reminder_rule_has_its_own_code"


class ReminderTimeUnclear(Refused):
    rule = "reminder_rule.time"
    sentence = (
        "A reminder goes out either a number of hours before the visit, "
        "or at a clock time a number of days before. Fill in one of the two."
    )
    constraint = "reminder_rule_has_one_kind_of_time"


class NotificationStatusUnknown(Refused):
    rule = "notification.status"
    sentence = "A message is in one of the states that the program knows."
    constraint = "notification_status_is_known"


class DeliveryAttemptNumbered(Refused):
    rule = "delivery_attempt.number"
    sentence = "Each try to deliver a message has its own number."
    constraint = "delivery_attempt_has_its_number"
