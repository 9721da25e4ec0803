"""Input and output: results saved to files and read again, tables as text."""

from landscape.io.archive import load, save

__all__ = ["load", "save"]
