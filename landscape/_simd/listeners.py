"""Who is told that a kernel is not kept from an earlier process and will be compiled: seconds in which somebody may wait."""

from collections.abc import Callable

listeners: list[Callable[[], None]] = []


def tell_of_compiling() -> None:
    """Call the listeners."""
    for listener in tuple(listeners):  # one may leave
        listener()
