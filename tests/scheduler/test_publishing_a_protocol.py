"""A protocol is published when some site can serve each of its visits as a whole."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from courses.actions.choose_protocol import choose_protocol
from courses.actions.retire_protocol import retire_protocol
from courses.errors import CourseNotReady, ProtocolInvalid, ProtocolIsImmutable
from courses.models import ClinicEvent, Credential, Protocol, VisitType
from scheduler.actions.publish_checked_protocol import publish_checked_protocol
from scheduler.errors import NoResourceCanServe
from scheduler.models import Resource, WorkingHours
from scheduler.serving import refuse_unserved
from tests.builders import (
    DESK,
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_course,
    a_nurse,
    a_person,
    a_prescriber,
    a_protocol,
    a_site,
    a_visit_type,
    an_infusion,
)
from tests.staff_pages import FRONT_DESK, MANAGER, a_client, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def _publish(draft: Protocol) -> Protocol:
    return publish_checked_protocol(protocol=draft, actor=DESK, now=NOW)


def _why_not(visit_type: VisitType) -> str:
    """Why no site can serve it; empty when one can."""
    refusals = refuse_unserved([visit_type.pk], now=NOW)
    return " ".join(refusal.sentence for refusal in refusals)


def _watched_by_two() -> VisitType:
    """A dose that one nurse gives while another one watches."""
    return a_visit_type(
        "watched-dose",
        kind="dosing",
        route="im",
        phases=(("Dose", 60, True),),
        needs=(
            ("nurse", "monitoring-nurse", 0, 60, 1),
            ("second-nurse", "monitoring-nurse", 0, 60, 1),
        ),
    )


# --- the action -------------------------------------------------------------------


def test_a_draft_that_the_clinic_can_carry_out_is_published() -> None:
    a_clinic()
    published = _publish(a_protocol(doses=2, status="draft"))
    assert (published.status, published.published_at) == ("published", NOW)


def test_each_visit_that_no_site_can_serve_is_named_with_what_it_lacks() -> None:
    clinic = a_clinic()
    Resource.objects.filter(pk=clinic.chairs[0].pk).update(is_active=False)
    Resource.objects.filter(pk=clinic.chairs[1].pk).update(is_active=False)
    Resource.objects.filter(pk=clinic.therapist.pk).update(is_active=False)
    draft = a_protocol(doses=1, status="draft")
    with pytest.raises(NoResourceCanServe) as refused:
        _publish(draft)
    lacks = {each.session: each.sentence for each in refused.value.refusals}
    assert lacks.keys() == {"Infusion 40", "Integration", "Preparation"}
    assert "lacks Infusion chair." in lacks["Infusion 40"]
    assert "lacks Kap therapist." in lacks["Integration"]
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not ClinicEvent.objects.exists()


def test_no_site_at_all_serves_nothing() -> None:
    assert "lacks Infusion chair and Monitoring nurse and" in _why_not(an_infusion())


def test_a_published_protocol_is_not_published_again() -> None:
    a_clinic()
    with pytest.raises(ProtocolIsImmutable):
        _publish(a_protocol(doses=1))


# --- whether a site can serve a visit -----------------------------------------------


def test_what_one_site_lacks_another_one_cannot_lend() -> None:
    here, there = a_clinic(), a_clinic()
    for resource in (*here.chairs, *there.nurses):
        Resource.objects.filter(pk=resource.pk).update(is_active=False)
    assert "No site can serve Infusion 40" in _why_not(an_infusion())


def test_one_nurse_is_not_two_parties_of_one_visit() -> None:
    site = a_site()
    a_nurse(site, capacity=4)
    why_not = _why_not(_watched_by_two())
    assert "needs nurse and second nurse at once" in why_not
    assert "too few have Monitoring nurse" in why_not
    a_nurse(site)
    assert _why_not(_watched_by_two()) == ""


def test_who_can_do_everything_takes_the_part_that_nobody_else_can() -> None:
    """A matching exists although the first one to be asked could do both parts."""
    site = a_site()
    a_person(site, can=("monitoring-nurse", "prescriber"), name="A. Both")
    a_nurse(site, name="B. Nurse")
    visit = a_visit_type(
        "checked-dose",
        kind="dosing",
        route="im",
        phases=(("Dose", 60, True),),
        needs=(
            ("nurse", "monitoring-nurse", 0, 60, 1),
            ("prescriber", "prescriber", 0, 60, 1),
        ),
    )
    assert _why_not(visit) == ""


def test_of_three_parties_the_two_that_want_the_same_one_are_named() -> None:
    clinic: Clinic = a_clinic(chairs=1)
    visit = a_visit_type(
        "crowded-dose",
        kind="dosing",
        route="im",
        phases=(("Dose", 60, True),),
        needs=(
            ("nurse", "monitoring-nurse", 0, 60, 1),
            ("chair", "infusion-chair", 0, 60, 1),
            ("prescriber", "prescriber", 0, 30, 1),
            ("second-prescriber", "prescriber", 30, 30, 1),
        ),
    )
    assert "needs prescriber and second prescriber at once" in _why_not(visit)
    a_prescriber(clinic.site)
    assert _why_not(visit) == ""


def test_a_party_with_too_few_units_is_not_served() -> None:
    clinic = a_clinic()
    Resource.objects.filter(pk=clinic.nurses[0].pk).update(capacity=1)
    assert "lacks Monitoring nurse." in _why_not(an_infusion())


def test_needs_of_one_party_that_overlap_take_units_from_each_other() -> None:
    site = a_site()
    nurse = a_nurse(site, capacity=2)
    visit = a_visit_type(
        "two-hands",
        kind="dosing",
        route="im",
        phases=(("Dose", 60, True),),
        needs=(
            ("nurse", "monitoring-nurse", 0, 60, 2),
            ("nurse", "monitoring-nurse", 30, 30, 1),
        ),
    )
    assert "lacks Monitoring nurse." in _why_not(visit)
    Resource.objects.filter(pk=nurse.pk).update(capacity=3)
    assert _why_not(visit) == ""


def test_one_who_must_have_two_skills_is_not_made_of_two_people() -> None:
    site = a_site()
    a_nurse(site)
    a_prescriber(site)
    visit = a_visit_type(
        "one-for-all",
        kind="dosing",
        route="im",
        phases=(("Dose", 60, True),),
        needs=(
            ("nurse", "monitoring-nurse", 0, 30, 1),
            ("nurse", "prescriber", 30, 30, 1),
        ),
    )
    assert "lacks Monitoring nurse and Prescriber." in _why_not(visit)
    a_person(site, can=("monitoring-nurse", "prescriber"))
    assert _why_not(visit) == ""


def test_a_visit_over_midnight_is_looked_at_whole() -> None:
    site = a_site()
    a_nurse(site)
    visit = a_visit_type(
        "sleep-watch",
        kind="dosing",
        route="im",
        phases=(("Dose", 2000, True),),
        needs=(("nurse", "monitoring-nurse", 0, 2000, 2),),
    )
    assert _why_not(visit) == ""


@pytest.mark.parametrize(
    ("last_day", "is_served"),
    [(TODAY - timedelta(days=1), False), (TODAY, True), (None, True)],
)
def test_credentials_and_hours_that_are_over_count_for_nothing(
    last_day: date | None, is_served: bool
) -> None:
    nurse = a_clinic().nurses[0]
    held = Credential.objects.filter(clinician=nurse.clinician)
    held.update(valid_until=last_day)
    assert (_why_not(an_infusion()) == "") is is_served
    held.update(valid_until=None)
    WorkingHours.objects.filter(resource=nurse).update(valid_until=last_day)
    assert (_why_not(an_infusion()) == "") is is_served


def test_somebody_who_never_works_serves_nobody() -> None:
    nurse = a_clinic().nurses[0]
    nurse.working_hours.all().delete()
    assert "lacks Monitoring nurse." in _why_not(an_infusion())


# --- what can be planned ------------------------------------------------------------


def test_a_protocol_that_ties_too_much_together_is_refused_with_what_to_narrow() -> (
    None
):
    a_clinic()
    draft = a_protocol(doses=10, status="draft")
    draft.steps.filter(code__startswith="D").exclude(code="D1").update(latest=40)
    draft.steps.filter(code__startswith="INT").update(latest=60)
    with pytest.raises(ProtocolInvalid, match="can't be planned exactly") as refused:
        _publish(draft)
    (refusal,) = refused.value.refusals
    assert refusal.rule == "protocol.too_wide"
    assert f"{refusal.session} may lie on" in refusal.sentence
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not ClinicEvent.objects.exists()


# --- retiring -----------------------------------------------------------------------


def test_a_retired_version_is_kept_by_its_courses_and_taken_by_no_other() -> None:
    protocol = a_protocol(doses=1)
    follower = choose_protocol(
        course=a_course(), protocol=protocol, actor=DESK, now=NOW
    )
    retired = retire_protocol(protocol=protocol, actor=DESK, now=NOW)
    assert retired.status == "retired"
    again = choose_protocol(course=follower, protocol=retired, actor=DESK, now=NOW)
    assert again.protocol == retired
    with pytest.raises(CourseNotReady):
        choose_protocol(course=a_course(), protocol=retired, actor=DESK, now=NOW)


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_only_a_published_version_is_retired(status: str) -> None:
    with pytest.raises(ProtocolInvalid, match=f"is {status}, so it can't be retired"):
        retire_protocol(
            protocol=a_protocol(doses=1, status=status), actor=DESK, now=NOW
        )


# --- the page -----------------------------------------------------------------------


def _form(draft: Protocol, **more: object) -> dict[str, object]:
    return {
        "code": draft.code,
        "version": 1,
        "name": draft.name,
        "source": draft.source,
        "steps-TOTAL_FORMS": 0,
        "steps-INITIAL_FORMS": 0,
        "spacing_rules-TOTAL_FORMS": 0,
        "spacing_rules-INITIAL_FORMS": 0,
        **more,
    }


def _address(protocol: Protocol) -> str:
    return reverse("admin:courses_protocol_change", args=[protocol.pk])


def test_a_manager_saves_and_publishes_with_one_button() -> None:
    a_clinic()
    draft = a_protocol(doses=1, status="draft")
    client = a_client(MANAGER)
    assert 'name="_publish"' in client.get(_address(draft)).content.decode()
    form = _form(draft, name="Two weeks", _publish="Save and publish")
    answer = client.post(_address(draft), form)
    assert "Two weeks (version 1) is published" in " ".join(said(answer))
    draft.refresh_from_db()
    assert (draft.status, draft.name) == ("published", "Two weeks")
    event = ClinicEvent.objects.get()
    assert (event.kind, event.subject) == (
        "protocol_published",
        "Two weeks (version 1)",
    )
    assert event.actor_label == "user-manager"


def test_what_cannot_be_carried_out_is_saved_but_not_published() -> None:
    draft = a_protocol(doses=1, status="draft")
    client = a_client(MANAGER)
    form = _form(draft, name="Two weeks", _publish="Save and publish")
    answer = client.post(_address(draft), form)
    sentences = said(answer)
    assert sum("No site can serve" in sentence for sentence in sentences) == 3
    assert not any("is published" in sentence for sentence in sentences)
    draft.refresh_from_db()
    assert (draft.status, draft.name) == ("draft", "Two weeks")


def test_a_draft_without_steps_is_not_published_and_says_why() -> None:
    empty = Protocol.objects.create(code="empty", name="Empty", source="test")
    answer = a_client(MANAGER).post(_address(empty), _form(empty, _publish="on"))
    assert answer.status_code == 302
    assert len(said(answer)) >= 1
    empty.refresh_from_db()
    assert empty.status == "draft"


def test_saving_alone_publishes_nothing() -> None:
    a_clinic()
    draft = a_protocol(doses=1, status="draft")
    a_client(MANAGER).post(_address(draft), _form(draft, _save="Save"))
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_front_desk_publishes_and_retires_nothing() -> None:
    a_clinic()
    draft, published = a_protocol(doses=1, status="draft"), a_protocol(doses=1)
    client = a_client(FRONT_DESK)
    answer = client.post(_address(draft), _form(draft, _publish="on"))
    assert answer.status_code == 403
    listed = reverse("admin:courses_protocol_changelist")
    assert "Retire: no new course" not in text_of(client.get(listed))
    client.post(listed, {"action": "retire", "_selected_action": published.pk})
    published.refresh_from_db()
    assert published.status == "published"


def test_a_manager_retires_chosen_versions_and_reads_why_one_cannot_be() -> None:
    published = a_protocol(doses=1)
    draft = a_protocol(doses=1, status="draft")
    listed = reverse("admin:courses_protocol_changelist")
    client = a_client(MANAGER)
    assert "Retire: no new course takes it" in text_of(client.get(listed))
    answer = client.post(
        listed, {"action": "retire", "_selected_action": [published.pk, draft.pk]}
    )
    sentences = " ".join(said(answer))
    assert "is retired. Courses that follow it go on." in sentences
    assert "is draft, so it can't be retired" in sentences
    published.refresh_from_db()
    assert published.status == "retired"
