"""New times for many courses at once, when something hits them or when they begin."""
