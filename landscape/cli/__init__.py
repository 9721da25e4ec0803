"""The command line: ``landscape``."""
