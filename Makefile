# Every step lives in dev.py, which needs nothing but Python 3.11 and pip.
# More words for a step: make test ARGS="tests/courses -x"
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: demo test test-browser check bench fmt lock setup help
demo test test-browser check bench fmt lock setup help:
	@$(PYTHON) dev.py $@ $(ARGS)
