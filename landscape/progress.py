"""What a person who waits is shown: a bar, after two seconds, and that kernels are being compiled.

Only where a person is looking: standard error is a terminal, or the process serves a notebook. Nothing is written to pipes,
files and captured output.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds before a bar appears."""
TURN = 0.1
"""Seconds between two looks at how far other threads are."""
SHORT = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
"""A bar of parts that mean nothing to a reader, such as chunks of searches: no numbers of them."""
_said: set[str] = set()


def watched() -> bool:
    """Whether a person reads standard error: in a terminal or, where it is none, in a notebook."""
    try:
        if sys.stderr.isatty():
            return True
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return "IPKernelApp" in getattr(shell, "config", ())


def bar(total: int, what: str, show: bool = True, **form: Any) -> "tqdm[Any]":
    """A bar that appears after ``PATIENCE`` where a person is looking, and is gone when it is done; ``form`` is tqdm's."""
    if not (show and watched()):
        return tqdm(disable=True)
    from tqdm.auto import tqdm as shown  # decides at its import whether this is a notebook

    settings: dict[str, Any] = {"leave": False, "bar_format": SHORT} | form
    made: tqdm[Any] = shown(total=total, desc=what, delay=PATIENCE, **settings)
    return made


def followed(parts: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Each part as it comes, with a bar."""
    with bar(total, what) as shown:
        for part in parts:
            yield part
            shown.update()


def say_once(sentence: str) -> None:
    """Write a sentence to standard error, once a process, where a person is looking."""
    if sentence not in _said and watched():
        _said.add(sentence)
        print(sentence, file=sys.stderr, flush=True)
