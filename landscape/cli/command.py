"""The command ``landscape``: the group of its commands, and what becomes of errors."""

import sys
import warnings
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from landscape._version import __version__
from landscape.cli import options, plotting, reading, sections, writing
from landscape.cli.exit_codes import BUSY, DONE, FAILED, INTERRUPTED, USAGE

EXAMPLES = """
\b
Examples
  landscape options activation                   what a setting takes
  landscape plan results/w activation=sigmoid,tanh hidden=2..8 lr=0.1,1
  landscape run results/w activation=sigmoid,tanh hidden=2..8 lr=0.1,1
  landscape run results/w                        go on where it was stopped
  landscape extend results/w 5000                until each cell has 5000 runs
  landscape status results/w                     how far it is
  landscape table results/w --by hidden --out rates.csv
  landscape plot results/w --x hidden --by activation -o rates.pdf
  landscape query results/w "select avg(solved) from runs"
  landscape show results/w 17 activation=tanh hidden=2 lr=1
  landscape stuck hidden=2 lr=1                  where the runs end that fail
  landscape study posted_program                 a question answered
  landscape figure posted_program_epochs         its picture
  landscape report                               all findings on one page
  landscape new mine                             a study of your own

\b
Settings: name=value  name=a,b,c  name=2..8 (2 to 8)  bias=true,false
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 status: runs are left,
  4 another process writes, 130 interrupted

\b
Completion of commands, settings and values: a line in the shell's start file
  ~/.bashrc    eval "$(_LANDSCAPE_COMPLETE=bash_source landscape)"
  ~/.zshrc     eval "$(_LANDSCAPE_COMPLETE=zsh_source landscape)"
  config.fish  _LANDSCAPE_COMPLETE=fish_source landscape | source
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
        *(reading.status, reading.table, plotting.plot, reading.query, reading.show, reading.stuck),
        options.options,
        *(sections.study, sections.figure, sections.report, sections.new),
    ],
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="landscape")
def cli() -> None:
    """Train small networks by the thousand, keep the runs as a study, and ask it."""


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
