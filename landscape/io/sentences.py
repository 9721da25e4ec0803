"""Numbers in sentences, which read right when they are small."""

from collections.abc import Sequence

from landscape.summary import counted


def number_of(number: int, noun: str) -> str:
    """A number of things: "no runs", "1 run", "2,000 runs"."""
    return counted(number, noun) if number else f"no {noun}s"


def none_or(number: int, verb: str = "") -> str:
    """How many of things that are named beside it: "none", "1", "12"; with a verb, which is given in the plural: "none is",
    "1 takes", "12 are"."""
    single = {"are": "is", "have": "has"}.get(verb, f"{verb}s" if verb else "")
    return f"{number or 'none':{',' if number else ''}} {verb if number > 1 else single}".strip()


def listed(things: Sequence[object], joint: str = "and") -> str:
    """Things in a row: "3", "3 and 4", "3, 4 and 5"."""
    *most, last = map(str, things)
    return f"{', '.join(most)} {joint} {last}" if most else last
