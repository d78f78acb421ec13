"""Reference data kept by hand, and read-only looks at what happened."""

from courses.admin import clinicians, records, visit_types

__all__ = ["clinicians", "records", "visit_types"]
