"""What templates need to ask about permissions."""
