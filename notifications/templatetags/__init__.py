"""What staff pages of other apps show about messages."""
