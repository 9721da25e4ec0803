"""Where the command ``landscape`` starts: outside of the package, whose import takes a second in which Ctrl-C is heard."""

import os
import signal
import sys


def main() -> None:
    """Run ``landscape.cli.command``. Ctrl-C while it is imported or after it is done ends the process; no traceback."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell's background job ignores it
    if heard:
        signal.signal(signal.SIGINT, _leave)  # an exception would come out of whatever is being imported, or be lost in it
    from landscape.cli.command import main as run

    if heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run()
    finally:
        if heard:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(*_: object) -> None:
    print("landscape: interrupted", file=sys.stderr, flush=True)
    os._exit(130)


if __name__ == "__main__":
    main()
