"""Statements that would make a protocol false, or change one that is published."""

from courses.models import Protocol, ProtocolStep, SpacingRule
from tests.builders import NOW, a_protocol
from tests.raw_sql import Statement, delete, emptied, insert_like, replace, update

# --- protocol_is_immutable_once_published --------------------------------------
# TRUNCATE takes everything along that refers to a row, and that has its own guards.
BEHIND_A_PROTOCOL = (
    "history_is_append_only",
    "appointments_are_cancelled_not_deleted",
)


def a_renamed_published_protocol() -> Statement:
    return update(a_protocol(doses=1), name="Another")


def a_published_protocol_that_keeps_its_therapist_from_now_on() -> Statement:
    return update(a_protocol(doses=1), keeps_therapist=True)


def a_published_protocol_that_finishes_late_from_now_on() -> Statement:
    return update(a_protocol(doses=1), finishes_early=False)


def a_published_protocol_whose_interval_is_ordered_from_now_on() -> Statement:
    return update(a_protocol(doses=1), interval_by_order=True)


def a_published_protocol_made_a_draft_again() -> Statement:
    return update(a_protocol(doses=1), status="draft", published_at=None)


def a_retired_protocol_published_again() -> Statement:
    return update(a_protocol(doses=1, status="retired"), status="published")


def a_deleted_published_protocol() -> Statement:
    return delete(_an_empty_published_protocol())


def a_replaced_published_protocol() -> Statement:
    return replace(a_protocol(doses=1), name="Another")


def a_step_added_to_a_published_protocol() -> Statement:
    return insert_like(_a_published_step(), code="D9", position=99)


def a_changed_step_of_a_published_protocol() -> Statement:
    return update(_a_published_step(), latest=9)


def a_step_moved_out_of_a_published_protocol() -> Statement:
    draft = a_protocol(doses=0, status="draft")
    return update(_a_published_step(), protocol_id=draft.pk, code="X", position=99)


def a_step_moved_into_a_published_protocol() -> Statement:
    draft = a_protocol(doses=0, status="draft")
    published = a_protocol(doses=0)
    step = draft.steps.filter(anchored__isnull=True).get()
    return update(step, protocol_id=published.pk, code="X", position=99)


def a_deleted_step_of_a_published_protocol() -> Statement:
    return delete(_a_published_step())


def a_spacing_rule_added_to_a_published_protocol() -> Statement:
    return insert_like(_a_published_rule())


def a_changed_spacing_rule_of_a_published_protocol() -> Statement:
    return update(_a_published_rule(), days=1)


def a_deleted_spacing_rule_of_a_published_protocol() -> Statement:
    return delete(_a_published_rule())


def all_protocols_gone_at_once() -> Statement:
    return emptied(_an_empty_published_protocol(), *BEHIND_A_PROTOCOL)


def all_steps_gone_at_once() -> Statement:
    return emptied(_a_published_step(), *BEHIND_A_PROTOCOL)


def all_spacing_rules_gone_at_once() -> Statement:
    return emptied(_a_published_rule())


def _an_empty_published_protocol() -> Protocol:
    """One without steps, so that no foreign key refuses first."""
    return Protocol.objects.create(
        code="empty", name="Empty", source="test", status="published", published_at=NOW
    )


def _a_published_step() -> ProtocolStep:
    return a_protocol(doses=1).steps.get(code="INT1")


def _a_published_rule() -> SpacingRule:
    return a_protocol(doses=1).spacing_rules.get()


# --- what a draft must say -----------------------------------------------------


def _a_draft_step() -> ProtocolStep:
    return a_protocol(doses=1, status="draft").steps.get(code="INT1")


def _a_draft_rule() -> SpacingRule:
    return a_protocol(doses=1, status="draft").spacing_rules.get()


def a_version_that_exists_already() -> Statement:
    return insert_like(a_protocol(doses=0, status="draft"), name="Another")


def a_protocol_given_the_version_of_another() -> Statement:
    first = a_protocol(doses=0, status="draft")
    return update(a_protocol(doses=0, status="draft"), code=first.code)


def a_published_protocol_that_says_no_day() -> Statement:
    return update(a_protocol(doses=0, status="draft"), status="published")


def a_draft_that_says_since_when_it_is_published() -> Statement:
    return update(a_protocol(doses=0, status="draft"), published_at=NOW)


def a_second_step_of_that_code() -> Statement:
    return insert_like(_a_draft_step(), position=99)


def a_step_given_the_code_of_another() -> Statement:
    return update(_a_draft_step(), code="D1")


def a_second_step_at_that_position() -> Statement:
    return insert_like(_a_draft_step(), code="D9")


def a_step_moved_to_a_taken_position() -> Statement:
    return update(_a_draft_step(), position=1)


def a_step_whose_target_is_before_its_earliest() -> Statement:
    return update(_a_draft_step(), earliest=2, target=1)


def a_step_whose_latest_is_before_its_target() -> Statement:
    return update(_a_draft_step(), latest=0)


def a_spacing_rule_that_counts_nothing() -> Statement:
    return update(_a_draft_rule(), count=None)


def a_spacing_rule_that_counts_to_none() -> Statement:
    return update(_a_draft_rule(), count=0)


def a_minimum_gap_with_a_count() -> Statement:
    return update(_a_draft_rule(), kind="minimum_gap")


def a_spacing_rule_over_no_days() -> Statement:
    return update(_a_draft_rule(), days=0)


BREACHES = {
    "protocol_is_immutable_once_published": (
        a_renamed_published_protocol,
        a_published_protocol_that_keeps_its_therapist_from_now_on,
        a_published_protocol_that_finishes_late_from_now_on,
        a_published_protocol_whose_interval_is_ordered_from_now_on,
        a_published_protocol_made_a_draft_again,
        a_retired_protocol_published_again,
        a_deleted_published_protocol,
        a_replaced_published_protocol,
        a_step_added_to_a_published_protocol,
        a_changed_step_of_a_published_protocol,
        a_step_moved_out_of_a_published_protocol,
        a_step_moved_into_a_published_protocol,
        a_deleted_step_of_a_published_protocol,
        a_spacing_rule_added_to_a_published_protocol,
        a_changed_spacing_rule_of_a_published_protocol,
        a_deleted_spacing_rule_of_a_published_protocol,
        all_protocols_gone_at_once,
        all_steps_gone_at_once,
        all_spacing_rules_gone_at_once,
    ),
    "protocol_version_is_unique": (
        a_version_that_exists_already,
        a_protocol_given_the_version_of_another,
    ),
    "published_protocol_says_since_when": (
        a_published_protocol_that_says_no_day,
        a_draft_that_says_since_when_it_is_published,
    ),
    "protocol_step_code_is_unique": (
        a_second_step_of_that_code,
        a_step_given_the_code_of_another,
    ),
    "protocol_step_has_its_own_place": (
        a_second_step_at_that_position,
        a_step_moved_to_a_taken_position,
    ),
    "protocol_step_window_is_in_order": (
        a_step_whose_target_is_before_its_earliest,
        a_step_whose_latest_is_before_its_target,
    ),
    "spacing_rule_counts_only_in_days": (
        a_spacing_rule_that_counts_nothing,
        a_spacing_rule_that_counts_to_none,
        a_minimum_gap_with_a_count,
    ),
    "spacing_rule_spans_days": (a_spacing_rule_over_no_days,),
}
