"""A closure is lifted by its action only, never edited or deleted by hand."""

import html
import re
from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from courses.models import ClinicEvent
from scheduler.actions.close_time import close_time
from scheduler.actions.reopen_time import reopen_time
from scheduler.errors import NothingToReopen
from scheduler.models import Closure
from tests.builders import DESK, NOW, Clinic, a_clinic, at
from tests.desk import an_approved_session, book
from tests.racing import race, refusals, winners
from tests.staff_pages import FRONT_DESK, MANAGER, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic(chairs=1)


def _closed(clinic: Clinic, *, days: tuple[int, int] = (1, 3)) -> Closure:
    """The only chair closed from one day to another."""
    return close_time(
        resource=clinic.chairs[0],
        starts_at=at(0, day=days[0]),
        ends_at=at(0, day=days[1]),
        reason="Repair",
        despite_appointments=True,
        actor=DESK,
        now=NOW,
    )


def test_reopened_time_can_be_booked_again(clinic: Clinic) -> None:
    reopen_time(closure=_closed(clinic), actor=DESK, now=NOW)
    assert not Closure.objects.exists()
    assert book(an_approved_session(), clinic.site, at(9, day=1))


def test_a_whole_site_is_reopened(clinic: Clinic) -> None:
    closure = close_time(
        site=clinic.site,
        starts_at=at(0, day=1),
        ends_at=at(0, day=2),
        reason="Flood",
        actor=DESK,
        now=NOW,
    )
    reopen_time(closure=closure, actor=DESK, now=NOW)
    assert book(an_approved_session(), clinic.site, at(9, day=1))


def test_a_closure_that_has_begun_ends_now_and_its_past_stays(clinic: Clinic) -> None:
    closure = _closed(clinic)
    back = at(8, day=2)
    reopen_time(closure=closure, actor=DESK, now=back)
    closure.refresh_from_db()
    assert (closure.starts_at, closure.ends_at) == (at(0, day=1), back)
    assert book(an_approved_session(), clinic.site, at(9, day=2), now=back)


def test_a_closure_that_begins_this_very_moment_is_gone(clinic: Clinic) -> None:
    reopen_time(closure=_closed(clinic), actor=DESK, now=at(0, day=1))
    assert not Closure.objects.exists()


def test_what_is_over_or_was_reopened_already_is_refused(clinic: Clinic) -> None:
    closure = _closed(clinic)
    with pytest.raises(NothingToReopen):
        reopen_time(closure=closure, actor=DESK, now=at(0, day=3))
    assert Closure.objects.exists()
    just_before = at(0, day=3) - timedelta(microseconds=1)
    reopen_time(closure=closure, actor=DESK, now=just_before)
    with pytest.raises(NothingToReopen):
        reopen_time(closure=closure, actor=DESK, now=just_before)
    assert ClinicEvent.objects.filter(kind="time_reopened").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_reopen_a_time_once(clinic: Clinic) -> None:
    click = partial(reopen_time, closure=_closed(clinic), actor=DESK, now=NOW)
    outcomes = race(*[click] * 4)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {NothingToReopen}
    assert ClinicEvent.objects.filter(kind="time_reopened").count() == 1


# --- the pages --------------------------------------------------------------------


def test_a_manager_reopens_a_time_from_its_page(clinic: Clinic) -> None:
    closure = _closed(clinic)
    client = a_client(MANAGER)
    page = client.get(reverse("admin:scheduler_closure_change", args=[closure.pk]))
    address = reverse("scheduler:reopen_time", args=[closure.pk])
    assert f'formaction="{address}"' in page.content.decode()
    history = re.search(r'href="([^"]+)" class="historylink"', page.content.decode())
    assert history
    listed = client.get(html.unescape(history.group(1)))
    assert "Time closed" in text_of(listed)
    answer = client.post(address)
    assert "is open again" in " ".join(said(answer))
    assert not Closure.objects.exists()
    again = client.post(address)
    assert "open already" in " ".join(said(again))
    event = ClinicEvent.objects.get(kind="time_reopened")
    assert event.actor_label == "user-manager"


def test_the_front_desk_sees_closures_and_reopens_none(clinic: Clinic) -> None:
    closure = _closed(clinic)
    client = a_client(FRONT_DESK)
    page = client.get(reverse("admin:scheduler_closure_change", args=[closure.pk]))
    assert "Repair" in text_of(page)
    assert "formaction" not in page.content.decode()
    reopen = reverse("scheduler:reopen_time", args=[closure.pk])
    assert client.post(reopen).status_code == 403
    assert Closure.objects.exists()


def test_no_closure_is_edited_or_deleted_by_hand(clinic: Clinic) -> None:
    closure = _closed(clinic)
    client = a_client(MANAGER)
    for verb in ("change", "delete"):
        address = reverse(f"admin:scheduler_closure_{verb}", args=[closure.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    listed = client.get(reverse("admin:scheduler_closure_changelist"))
    assert "delete_selected" not in listed.content.decode()
    assert "Add closure" in text_of(listed)
    opened = client.get(reverse("scheduler:reopen_time", args=[closure.pk]))
    assert opened["Location"] == reverse("admin:scheduler_closure_changelist")
    assert Closure.objects.exists()
