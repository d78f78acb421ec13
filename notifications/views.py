"""The outbox: what is owed, what left, and the very mails of a trial clinic."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.timezone import now

from notifications.mail_folder import MOST_LISTED, mail_names, read_mail
from notifications.models import Notification
from scheduler.views.staff import show, staff_page

SEES = "notifications.view_notification"
PER_PAGE = 50
_STATUS = Notification.Status
# What a message can be shown by: each word stands for the statuses that it means.
STATES = {
    "sent": (_STATUS.SENT,),
    "planned": (_STATUS.PLANNED, _STATUS.LEASED, _STATUS.HANDING_OVER),
    "failed": (_STATUS.FAILED, _STATUS.UNKNOWN, _STATUS.POISON),
    "kept back": (_STATUS.SUPPRESSED, _STATUS.SUPERSEDED),
}


@staff_page(SEES)
def outbox(request: HttpRequest) -> HttpResponse:
    """Show messages, nearest first, and the newest mails in the folder.

    With a state in the address, only messages in that state.
    """
    state = request.GET.get("state", "")
    rows = Notification.objects.select_related(
        "appointment__patient", "appointment__session", "appointment__site"
    ).nearest_first(now())
    if state in STATES:
        rows = rows.filter(status__in=STATES[state])
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    names = mail_names(settings.MAIL_FOLDER)
    mails = [read_mail(settings.MAIL_FOLDER, name) for name in names[:MOST_LISTED]]
    return show(
        request,
        "notifications/outbox.html",
        title="Outbox",
        section="outbox",
        page=page,
        state=state if state in STATES else "",
        states=STATES,
        mails=[mail for mail in mails if mail is not None],
        mails_left=max(0, len(names) - MOST_LISTED),
        writes_files="eml_folder" in settings.EMAIL_BACKEND,
    )


@staff_page(SEES)
def stored_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: headers, text and calendar part."""
    mail = read_mail(settings.MAIL_FOLDER, name)
    if mail is None:
        raise Http404
    return show(
        request,
        "notifications/stored_mail.html",
        title=mail.subject or "Mail without a subject",
        section="outbox",
        mail=mail,
    )
