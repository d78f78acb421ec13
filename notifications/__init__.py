"""What is told: events read, messages owed, reminders, invites."""
