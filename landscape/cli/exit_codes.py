"""Exit codes of the command."""

DONE, FAILED, USAGE, UNFINISHED, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""The help of the command explains each."""
