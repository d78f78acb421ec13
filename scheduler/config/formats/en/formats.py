"""English: an instant always says in which zone it is meant."""

DATETIME_FORMAT = "M j, Y, H:i T"
