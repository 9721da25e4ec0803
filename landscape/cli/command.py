"""The command ``landscape``: the group of its commands, and what becomes of errors."""

import sys
import warnings
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from landscape._version import __version__
from landscape.cli import plotting, reading, writing
from landscape.cli.exit_codes import BUSY, DONE, FAILED, INTERRUPTED, USAGE

EXAMPLES = """
\b
Examples
  landscape plan results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1
  landscape run results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1 --runs 1000
  landscape run results/widths                     go on where it was stopped
  landscape run results/mine --from mine.toml      settings from a file
  landscape extend results/widths 5000             until each cell has 5000 runs
  landscape status results/widths                  how far it is
  landscape table results/widths --by activation,hidden --format markdown
  landscape plot results/widths --x hidden --by activation --facet lr -o rates.pdf
  landscape query results/widths "select hidden, avg(solved) from runs group by all"
  landscape show results/widths 17 activation=tanh hidden=2 lr=1
  landscape stuck activation=sigmoid hidden=2 lr=1   where the runs end that fail

\b
Settings are fields of Surface and Protocol, with one value or several:
  name=value   name=a,b,c   name=2..8 (2 to 8)   bias=true,false
What is not given keeps its default.

\b
Exit codes
  0 done           1 failed, with the reason in one line    2 wrong usage
  3 status: runs are left      4 another process writes      130 interrupted
"""


class InterruptedByUser(click.ClickException):
    """Ctrl-C, which Click would otherwise report without its notes."""

    exit_code = INTERRUPTED


class Group(click.Group):
    """A group of commands that turns an interrupt into an error with an exit code of its own."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise InterruptedByUser("; ".join(["interrupted", *getattr(error, "__notes__", [])])) from error


@click.group(
    cls=Group,
    commands=[
        *(writing.plan, writing.run, writing.extend),
        *(reading.status, reading.table, reading.query, reading.show, reading.stuck, plotting.plot),
    ],
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="landscape")
def cli() -> None:
    """Trainings of small networks by the thousand: run studies, keep them, ask them."""


def main() -> None:
    """Run the command. An error becomes one line on standard error and an exit code."""
    warnings.showwarning = lambda message, *_, **__: click.echo(f"landscape: warning: {message}", err=True)
    try:
        code = cli(prog_name="landscape", standalone_mode=False) or DONE
    except NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = USAGE
    except click.ClickException as error:
        code = _failed(error.format_message(), error.exit_code if error.exit_code == INTERRUPTED else USAGE)
    except (KeyboardInterrupt, click.Abort):  # while arguments are parsed, or results printed
        code = _failed("interrupted", INTERRUPTED)
    except BlockingIOError as error:
        code = _failed(error, BUSY)
    except MemoryError as error:
        code = _failed(f"there is not enough memory for this {error}".strip(), FAILED)
    except (ValueError, TypeError, OSError, ImportError) as error:
        code = _failed(error, FAILED)
    sys.exit(code)


def _failed(error: object, code: int) -> int:
    """Print an error and its notes in one line; returns the exit code."""
    text = "; ".join([str(error), *getattr(error, "__notes__", [])])
    click.echo(f"landscape: {' '.join(text.split())}", err=True)
    return code
