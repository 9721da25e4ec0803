"""Commands that run studies, draw figures and write the report: of this package, of others, and of the current folder.

What they do stands in ``studies/`` and ``figures/``, which are found by entry points and never imported by name.
"""

import subprocess
import sys

import click

from landscape.cli.exit_codes import DONE
from landscape.sections import ALL, COMMANDS, declared, function_of, sections

PASSED_ON = {"ignore_unknown_options": True}
"""Options are read where the work is done."""
WORDS = click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[WORDS]...")


@click.command(short_help="Run a study: tables, findings, and how they were made.", context_settings=PASSED_ON)
@click.argument("name", required=False)
@WORDS
def study(name: str | None, words: tuple[str, ...]) -> int:
    """Run the study NAME, print its tables and findings, and store them with the record of how they were made. Without NAME,
    list all studies: those of this package, of other packages, and of a pyproject.toml in the current folder; "all" runs all
    of them. A study that was stopped goes on where it was.

    \b
    landscape study                                  which there are
    landscape study posted_program --quick           a small version, to see that everything works
    landscape study success_rates --runs 500 --seed 1 --out results
    landscape study all                              most of an hour on two cores

    \b
    Options of every study of this package
      --quick      a small version, to see that everything works
      --runs N     runs a cell
      --seed N     seed of all runs (default 0)
      --out DIR    folder for runs and tables (default results)
    """
    known = sections()
    if name is None:
        width = max(map(len, known))
        for section in known.values():
            click.echo(f"{section.name:{width}}  {section.question}")
        return DONE
    if name == ALL:
        return _each(list(known), words)
    if name not in known:
        raise click.UsageError(f"{name!r} is not a study; known: {', '.join(known)}")
    sys.argv = [name, *words]  # a study reads its options from there, as a script does
    function_of(known[name].study)()
    if known[name].figures:
        click.echo(f"its figures: landscape figure --study {name}", err=True)
    return DONE


@click.command(short_help="Draw figures from what studies stored.", context_settings=PASSED_ON)
@WORDS
def figure(words: tuple[str, ...]) -> None:
    """Draw the figures with these names, or all whose study has been run, each as PDF, SVG and PNG with its caption.

    \b
    landscape figure posted_program_epochs
    landscape figure --results results               all of them

    \b
    Options
      --study NAME    the figures of this study
      --results DIR   folder of the tables (default results)
      --out DIR       folder for the pictures (default RESULTS/figures)
    """
    _outside("figure", words)


@click.command(short_help="Write one page of all that was found.", context_settings=PASSED_ON)
@WORDS
def report(words: tuple[str, ...]) -> None:
    """Write the report, one page with every finding, table and figure in a folder of results, and how it was made. Needs
    Jinja2.

    \b
    landscape report
    landscape report --results results --out report.html

    \b
    Options
      --results DIR   folder of the results (default results)
      --out FILE      the page to write (default RESULTS/report.html)
    """
    _outside("report", words)


@click.command(short_help="A study and a figure of your own, to start from.")
@click.argument("folder", metavar="DIR")
def new(folder: str) -> None:
    """Make the folder DIR, which must be empty or not there yet, with a small study and a figure that work as they are. The
    study is named like the folder. In it, the commands study, figure and report find it; everywhere else they do after:
    pip install --editable DIR

    \b
    landscape new widths                             then: cd widths
    landscape study widths
    landscape figure widths
    """
    _outside("new", (folder,))


def _outside(name: str, words: tuple[str, ...]) -> None:
    """Call a command that is declared as an entry point."""
    for entry in declared(COMMANDS):
        if entry.name == name:
            entry.load()(words)
            return
    raise ValueError(f"the command {name} is not installed; install the package again: pip install xor-landscape")


def _each(names: list[str], words: tuple[str, ...]) -> int:
    """Run studies, each in a process of its own, whose time and memory are not those of the others; the first exit code that
    is not 0."""
    for number, name in enumerate(names, start=1):
        click.echo(f"== {name}, {number} of {len(names)}", err=True)
        code = subprocess.run([sys.executable, "-m", "landscape_command", "study", name, *words], check=False).returncode
        if code != DONE:
            return code
    return DONE
