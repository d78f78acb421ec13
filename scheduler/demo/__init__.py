"""A made-up clinic to try the program on: the same every time, relative to today."""
