"""What is owed to whom, and when. Pure: no Django, so every night can be tested.

What is owed follows from two facts: what the appointment is now, and what each mailbox
has been told so far. A slip and its correction therefore owe nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

INVITE, CANCEL, REMINDER = "invite", "cancel", "reminder"
MAY_HAVE_LEFT = frozenset({"leased", "handing_over", "unknown", "sent"})
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
MOST_ATTEMPTS = 8
MOST_KILLS = 3

NO_ADDRESS = "The patient has no e-mail address for messages. Call instead."
TOO_LATE = "The appointment was made or changed after this reminder was due."


@dataclass(frozen=True, slots=True)
class Shown:
    """What a patient's own calendar shows of one appointment."""

    starts_at: datetime
    ends_at: datetime
    site_id: int


@dataclass(frozen=True, slots=True)
class Told:
    """One message about an appointment, as far as it got."""

    kind: str
    rule_code: str
    recipient: str
    uid: str
    shown: Shown
    status: str


@dataclass(frozen=True, slots=True)
class CalendarCopy:
    """What one mailbox's calendar shows now, as far as anybody can know."""

    recipient: str
    shows: Shown | None
    is_certain: bool
    # Under which identity it shows the appointment.
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """The appointment as it stands, with the address that messages go to."""

    status: str
    shown: Shown
    settled_at: datetime
    recipient: str
    zone: ZoneInfo
    visit_kind: str


@dataclass(frozen=True, slots=True)
class ReminderTime:
    """When a rule reminds: a clock time some days before, or hours before."""

    code: str
    visit_kinds: frozenset[str]
    days_before: int | None
    at_clock: time | None
    hours_before: int | None
    lateness: timedelta

    def applies_to(self, visit_kind: str) -> bool:
        """Say whether visits of this kind are reminded of; no kinds means all."""
        return not self.visit_kinds or visit_kind in self.visit_kinds

    def due_at(self, starts_at: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant at which the site's clocks reach the rule's time.

        A clock time that is skipped that night counts as if the clock had run on;
        one that comes twice is taken the first time.
        """
        if self.hours_before is not None:
            return starts_at - timedelta(hours=self.hours_before)
        if self.days_before is None or self.at_clock is None:
            raise ValueError(f"Rule {self.code} has neither hours nor a clock time.")
        day: date = starts_at.astimezone(zone).date() - timedelta(days=self.days_before)
        return datetime.combine(day, self.at_clock, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that should exist; with a reason it is kept back and only shown.

    The identity is empty where the appointment's own is meant.
    """

    rule_code: str
    kind: str
    recipient: str
    shown: Shown
    due_at: datetime
    expires_at: datetime
    reason: str = ""
    uid: str = ""


def calendar_copies(told: Iterable[Told]) -> tuple[CalendarCopy, ...]:
    """Return what each mailbox shows after these messages, given in their order."""
    copies: dict[str, CalendarCopy] = {}
    for message in told:
        if message.kind == REMINDER or message.status not in MAY_HAVE_LEFT:
            continue
        before = copies.get(message.recipient)
        is_certain = message.status == "sent"
        shows = message.shown if message.kind == INVITE else None
        if shows is None and not is_certain and before is not None:
            # A cancellation that may be lost leaves what was there before.
            shows = before.shows
        copies[message.recipient] = CalendarCopy(
            message.recipient, shows, is_certain, message.uid
        )
    return tuple(copies.values())


def owed_messages(
    placement: Placement,
    told: Sequence[Told],
    reminders: Iterable[ReminderTime],
    *,
    tell_after: timedelta,
    now: datetime,
) -> tuple[Owed, ...]:
    """Return every message that this appointment owes at its present revision."""
    copies = calendar_copies(told)
    due_at = placement.settled_at + tell_after
    if placement.status in {"cancelled", "expired"}:
        return _cancellations(copies, due_at, now)
    if placement.status != "booked" or placement.shown.starts_at <= now:
        return ()
    strangers = [copy for copy in copies if copy.recipient != placement.recipient]
    return (
        *_cancellations(strangers, due_at, now),
        *_invitation(placement, copies, due_at),
        *_reminders(placement, told, reminders),
    )


def _cancellations(
    copies: Iterable[CalendarCopy], due_at: datetime, now: datetime
) -> tuple[Owed, ...]:
    return tuple(
        Owed(
            rule_code=CANCEL,
            kind=CANCEL,
            recipient=copy.recipient,
            shown=copy.shows,
            due_at=due_at,
            expires_at=copy.shows.starts_at,
            uid=copy.uid,
        )
        for copy in copies
        if copy.shows is not None and copy.shows.starts_at > now
    )


def _invitation(
    placement: Placement, copies: Iterable[CalendarCopy], due_at: datetime
) -> tuple[Owed, ...]:
    if knows_already(placement.shown, placement.recipient, copies):
        return ()
    return (
        Owed(
            rule_code=INVITE,
            kind=INVITE,
            recipient=placement.recipient,
            shown=placement.shown,
            due_at=due_at,
            expires_at=placement.shown.starts_at,
            reason="" if placement.recipient else NO_ADDRESS,
            uid=_uid_shown_to(placement.recipient, copies),
        ),
    )


def _uid_shown_to(recipient: str, copies: Iterable[CalendarCopy]) -> str:
    """Return the identity that a mailbox's calendar knows the appointment by, if any.

    A new mailbox gets the appointment's own, which changes with every new address:
    what a calendar was told to forget it never shows again.
    """
    return next(
        (c.uid for c in copies if c.recipient == recipient and c.shows is not None), ""
    )


def knows_already(shown: Shown, recipient: str, copies: Iterable[CalendarCopy]) -> bool:
    """Say whether this mailbox certainly shows exactly this."""
    return any(
        copy.recipient == recipient and copy.is_certain and copy.shows == shown
        for copy in copies
    )


def _reminders(
    placement: Placement, told: Sequence[Told], reminders: Iterable[ReminderTime]
) -> Iterable[Owed]:
    done = {
        (message.rule_code, message.shown)
        for message in told
        if message.kind == REMINDER and message.status in MAY_HAVE_LEFT - {"leased"}
    }
    for rule in reminders:
        if not rule.applies_to(placement.visit_kind):
            continue
        if (rule.code, placement.shown) in done:
            continue
        due_at = rule.due_at(placement.shown.starts_at, placement.zone)
        yield Owed(
            rule_code=rule.code,
            kind=REMINDER,
            recipient=placement.recipient,
            shown=placement.shown,
            due_at=due_at,
            expires_at=min(due_at + rule.lateness, placement.shown.starts_at),
            reason=_why_not_remind(placement, due_at),
        )


def _why_not_remind(placement: Placement, due_at: datetime) -> str:
    if not placement.recipient:
        return NO_ADDRESS
    return TOO_LATE if due_at < placement.settled_at else ""


def wait_before_retry(attempts: int) -> timedelta:
    """Return how long to wait after that many tries."""
    return BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]
