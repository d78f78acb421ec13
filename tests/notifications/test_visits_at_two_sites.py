"""Each message of a course at two sites says where that very visit is."""

import pytest

from notifications.models import Notification
from tests.mailbox import Mailbox
from tests.notifications.scenes import dispatch, plan
from tests.two_sites import booked, two_sites

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_invite_names_the_address_of_its_own_visit(smtp_server: Mailbox) -> None:
    two = two_sites()
    course = booked(two)
    plan()
    dispatch()

    invites = Notification.objects.filter(
        kind="invite", status="sent", appointment__session__course=course
    ).select_related("appointment__site", "shows_site", "appointment__session")
    assert len(invites) == 5
    for invite in invites:
        assert invite.shows_site == invite.appointment.site
    places = {i.shows_site.address for i in invites if i.shows_site}
    assert places == {two.clinic.site.address, two.practice.address}
    letters = [
        body.get_content()
        for message in smtp_server.messages
        if (body := message.get_body(("plain",))) is not None
    ]
    assert sum(two.practice.address in letter for letter in letters) == 3
    assert sum(two.clinic.site.address in letter for letter in letters) == 2
