"""What a person who waits is shown: a bar, after two seconds, and that kernels are being compiled.

Only where a person is looking: standard error is a terminal, or the process serves a notebook. Nothing is written to pipes,
files and captured output.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from tqdm import tqdm

from landscape._simd.listeners import listeners

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds before a bar appears. It is made only then: in a notebook making one takes milliseconds, and a search may ask for
hundreds."""
TURN = 0.1
"""Seconds between two looks at how far other threads are."""
SHORT = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
"""A bar of parts that mean nothing to a reader, such as chunks of searches: no numbers of them."""
COMPILING = "compiling, once: about 12 s"
"""Said at the first kernel of a process that is not kept from an earlier one; those of a first session take so long."""


def watched() -> bool:
    """Whether a person reads standard error: in a terminal or, where it is none, in a notebook."""
    try:
        if sys.stderr.isatty():
            return True
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return "IPKernelApp" in getattr(shell, "config", ())


class Bar:
    """A bar that appears after ``patience`` seconds where a person is looking.

    Parameters
    ----------
    total : how much there is to do
    what : what it is, in front of the bar
    show : False for none
    patience : seconds
    **form : of tqdm, such as ``unit``; by default the bar is gone when it is done
    """

    def __init__(self, total: int, what: str, show: bool = True, patience: float = PATIENCE, **form: Any) -> None:
        self.shown = show and watched()
        self._patience = patience
        self._form: dict[str, Any] = {"total": total, "desc": what, "leave": False, "bar_format": SHORT} | form
        self._since, self._done = time.monotonic(), 0
        self._bar: tqdm[Any] | None = None

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._since

    def update(self, more: int = 0, note: str = "") -> None:
        """So much more is done; a note stands behind the bar."""
        self._done += more
        if not self.shown or (self._bar is None and self.seconds < self._patience):
            return
        if self._bar is None:
            from tqdm.auto import tqdm as made  # decides at its import whether this is a notebook

            self._bar = made(**self._form)
            self._bar.start_t -= self.seconds
        if note:
            self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(self._done - self._bar.n)

    def __enter__(self) -> "Bar":
        self.update()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def followed(parts: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Each part as it comes, with a bar."""
    with Bar(total, what) as shown:
        for part in parts:
            yield part
            shown.update(1)


def say_compiling() -> None:
    """Say, once a process and where a person is looking, that kernels are being compiled."""
    if watched():
        listeners.remove(say_compiling)
        print(COMPILING, file=sys.stderr, flush=True)


listeners.append(say_compiling)
