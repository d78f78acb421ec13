"""The clinic's rules as pure functions over plain values: no Django, no clock."""
