"""Wiring: the only folder that knows every app."""
