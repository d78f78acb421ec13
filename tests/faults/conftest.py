"""Tests of whole programs; they start servers of their own, so one pass is enough."""

from tests.settings import ENGINE

collect_ignore_glob = ["test_*.py"] if ENGINE == "sqlite" else []
