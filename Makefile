# Every step lives in dev.py, which needs nothing but Python 3.11.
PYTHON ?= python3

.PHONY: demo setup test test-browser check bench fmt lock help
help demo setup test test-browser check bench fmt lock:
	@$(PYTHON) dev.py $@
.DEFAULT_GOAL := help
