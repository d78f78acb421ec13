"""What is done to the clinic as a whole leaves a line of history, and who did it."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from courses.actions.install_library import install_library
from courses.actions.publish_protocol import publish_protocol
from courses.actions.retire_protocol import retire_protocol
from courses.actors import Actor
from courses.library.reading import read_library
from courses.models import ClinicEvent, Protocol
from scheduler.actions.close_time import close_time
from scheduler.actions.issue_calendar_feed import issue_calendar_feed
from scheduler.actions.reopen_time import reopen_time
from scheduler.actions.revoke_calendar_feed import revoke_calendar_feed
from scheduler.errors import ClosureHitsAppointments
from tests.builders import (
    DESK,
    NOW,
    a_chair,
    a_clinic,
    a_clinician,
    a_protocol,
    a_site,
    a_user,
    at,
)
from tests.desk import an_approved_session, book
from tests.staff_pages import CLINICIAN, FRONT_DESK, MANAGER, a_client, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def kinds() -> list[str]:
    """The kinds of what happened, first to last."""
    return list(ClinicEvent.objects.order_by("id").values_list("kind", flat=True))


def test_closing_and_reopening_say_what_from_when_until_when_and_why() -> None:
    chair = a_chair(a_site(), name="Chair 7")
    boss = a_user("boss")
    closure = close_time(
        resource=chair,
        starts_at=at(9, day=1),
        ends_at=at(12, day=1),
        reason="Repair",
        actor=Actor.staff(boss),
        now=NOW,
    )
    number = str(closure.pk)
    reopen_time(closure=closure, actor=DESK, now=NOW + timedelta(hours=1))
    closed, reopened = ClinicEvent.objects.order_by("id")
    assert (closed.kind, closed.subject, closed.subject_id) == (
        "time_closed",
        "Chair 7",
        number,
    )
    assert (closed.actor, closed.actor_label, closed.occurred_at) == (boss, "boss", NOW)
    assert closed.details == {
        "from": "2026-05-05T09:00:00-04:00",
        "until": "2026-05-05T12:00:00-04:00",
        "reason": "Repair",
    }
    assert (reopened.kind, reopened.subject_id) == ("time_reopened", number)
    assert reopened.details == closed.details


def test_a_refused_closure_leaves_no_history() -> None:
    clinic = a_clinic()
    book(an_approved_session(), clinic.site, at(9, day=1))
    with pytest.raises(ClosureHitsAppointments):
        close_time(
            site=clinic.site,
            starts_at=at(9, day=1),
            ends_at=at(12, day=1),
            reason="Repair",
            actor=DESK,
            now=NOW,
        )
    assert not ClinicEvent.objects.exists()


def test_publishing_and_retiring_a_protocol_name_the_version() -> None:
    draft = a_protocol(doses=1, code="short", status="draft")
    published = publish_protocol(protocol=draft, actor=DESK, now=NOW)
    retire_protocol(protocol=published, actor=DESK, now=NOW)
    assert kinds() == ["protocol_published", "protocol_retired"]
    for event in ClinicEvent.objects.all():
        assert event.subject == "Infusions (version 1)"
        assert event.subject_id == str(draft.pk)
        assert event.details == {"code": "short", "version": 1}


def test_an_address_is_issued_replaced_and_taken_away_each_with_its_line() -> None:
    clinician = a_clinician("Dr. Kim")
    issue_calendar_feed(clinician=clinician, actor=DESK, now=NOW)
    second = issue_calendar_feed(clinician=clinician, actor=DESK, now=NOW)
    for _ in range(2):
        revoke_calendar_feed(feed=second.feed, actor=DESK, now=NOW)
    assert kinds() == ["feed_issued", "feed_revoked", "feed_issued", "feed_revoked"]
    assert set(ClinicEvent.objects.values_list("subject", flat=True)) == {"Dr. Kim"}
    told = str(list(ClinicEvent.objects.values()))
    assert second.token not in told
    assert second.feed.token_hash not in told


def test_installing_the_library_says_what_was_added_and_a_second_time_nothing() -> None:
    for _ in range(2):
        install_library(library=read_library(), actor=DESK, now=NOW)
    assert kinds().count("library_installed") == 1
    published = kinds().count("protocol_published")
    assert published == Protocol.objects.count() > 0
    added = ClinicEvent.objects.get(kind="library_installed")
    assert "iv-6-2w 2" in added.details["protocols"]
    assert "prescriber" in added.details["capabilities"]


# --- the page ---------------------------------------------------------------------


def test_a_manager_reads_the_history_and_finds_by_name_and_day() -> None:
    site = a_site()
    for name, day in (("Chair 1", 0), ("Chair 2", 40)):
        close_time(
            resource=a_chair(site, name=name),
            starts_at=at(9, day=50),
            ends_at=at(12, day=50),
            reason="Repair <b>",
            actor=DESK,
            now=NOW + timedelta(days=day),
        )
    client = a_client(MANAGER)
    address = reverse("admin:courses_clinicevent_changelist")
    assert "Chair 1" in text_of(client.get(address))
    found = text_of(client.get(address, {"q": "Chair 2"}))
    assert "Chair 2" in found
    assert "Chair 1" not in found
    june = {"occurred_at__year": 2026, "occurred_at__month": 6}
    assert "Chair 1" not in text_of(client.get(address, june))
    event = ClinicEvent.objects.get(subject="Chair 1")
    page = client.get(reverse("admin:courses_clinicevent_change", args=[event.pk]))
    assert "from: 2026-06-23T09:00:00-04:00" in text_of(page)
    assert "Repair &lt;b&gt;" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


@pytest.mark.parametrize("role", [FRONT_DESK, CLINICIAN])
def test_only_a_manager_reads_the_history_of_the_clinic(role: str) -> None:
    address = reverse("admin:courses_clinicevent_changelist")
    assert a_client(role).get(address).status_code == 403


def test_nobody_writes_changes_or_deletes_history_in_the_admin() -> None:
    close_time(
        site=a_site(),
        starts_at=at(9),
        ends_at=at(12),
        reason="Repair",
        actor=DESK,
        now=NOW,
    )
    event = ClinicEvent.objects.get()
    client = a_client(MANAGER)
    name = "admin:courses_clinicevent"
    assert client.get(reverse(f"{name}_add")).status_code == 403
    for verb in ("change", "delete"):
        address = reverse(f"{name}_{verb}", args=[event.pk])
        assert client.post(address, {"subject": "Other"}).status_code == 403


# --- reference data: the stock admin's own history ----------------------------------


def test_what_a_manager_changed_on_a_resource_is_on_its_history_page() -> None:
    chair = a_chair(a_site())
    hours = chair.working_hours.first()
    assert hours
    client = a_client(MANAGER)
    answer = client.post(
        reverse("admin:scheduler_resource_change", args=[chair.pk]),
        {
            "kind": "chair",
            "name": "Chair by the window",
            "site": chair.site_id,
            "capacity": 1,
            "is_active": "on",
            "working_hours-TOTAL_FORMS": 1,
            "working_hours-INITIAL_FORMS": 1,
            "working_hours-0-id": hours.pk,
            "working_hours-0-resource": chair.pk,
            "working_hours-0-site": chair.site_id,
            "working_hours-0-weekday": hours.weekday,
            "working_hours-0-opens": "08:00",
            "working_hours-0-closes": "16:00",
        },
    )
    assert answer.status_code == 302, text_of(answer)
    assert LogEntry.objects.get().object_id == str(chair.pk)
    address = reverse("admin:scheduler_resource_history", args=[chair.pk])
    page = text_of(client.get(address))
    assert "user-manager" in page
    assert "Changed Name" in page
    assert "Changed Closes for working hours" in page
    shown = client.get(reverse("admin:scheduler_resource_change", args=[chair.pk]))
    assert address in shown.content.decode()


def test_credentials_sites_and_clinicians_keep_what_changed_too() -> None:
    clinician = a_clinician("Dr. Kim")
    credential, site = clinician.credentials.get(), a_site()
    client = a_client(MANAGER)
    for name, row, form in (
        (
            "courses_credential",
            credential,
            {
                "clinician": clinician.pk,
                "capability": credential.capability_id,
                "valid_from": "2020-01-01",
                "valid_until": "2027-01-01",
            },
        ),
        (
            "scheduler_site",
            site,
            {
                "code": site.code,
                "name": site.name,
                "address": "1 New Street",
                "time_zone": site.time_zone,
                "grid_minutes": 15,
                "travel_minutes": 30,
            },
        ),
        (
            "courses_clinician",
            clinician,
            {
                "display_name": "Dr. Kim-Lee",
                "credentials-TOTAL_FORMS": 0,
                "credentials-INITIAL_FORMS": 0,
            },
        ),
    ):
        changed = client.post(reverse(f"admin:{name}_change", args=[row.pk]), form)
        assert changed.status_code == 302, text_of(changed)
        page = text_of(client.get(reverse(f"admin:{name}_history", args=[row.pk])))
        assert "Changed" in page, name
