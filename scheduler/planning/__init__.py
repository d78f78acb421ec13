"""Placing sessions in time: pure functions over calendars, no Django and no ORM."""
