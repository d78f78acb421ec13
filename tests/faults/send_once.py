"""Sends what is due at the given time, in a process of its own that tests may kill."""

import sys
from datetime import datetime

import django


def main() -> None:
    django.setup()
    from courses.actors import Actor
    from notifications.actions.dispatch_notifications import dispatch_notifications

    now = datetime.fromisoformat(sys.argv[1])
    dispatch_notifications(actor=Actor.system("tests"), now=now)


if __name__ == "__main__":
    main()
