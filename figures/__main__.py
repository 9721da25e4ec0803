"""Draw figures from the tables and slices that studies have stored.

landscape figure                 all of them
landscape figure NAME ...        these
landscape figure --study NAME    those of a study

Each is a function of the folder of results that loads, draws, and returns the figure and its caption; those of this package
are scripts of this folder. A figure is saved as PDF, SVG and PNG under its name, with the caption beside it as text.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt

from landscape import plot
from landscape.figures.common import MissingError
from landscape.sections import figures, function_of, sections


def main(words: Sequence[str] | None = None) -> None:
    """Draw what is asked for on the command line, or by these words."""
    known = figures()
    parser = argparse.ArgumentParser(
        prog="landscape figure", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(sorted(known))}")
    parser.add_argument("--study", metavar="NAME", help="the figures of this study")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the tables (default results)")
    parser.add_argument("--out", type=Path, help="folder for the pictures (default RESULTS/figures)")
    given = parser.parse_args(words)
    unknown = sorted(set(given.names) - set(known))
    if unknown:
        parser.error(f"{unknown[0]!r} is not a figure; known: {', '.join(sorted(known))}")
    if given.study is not None and (given.names or given.study not in sections()):
        parser.error(f"--study takes one study, without names of figures; known: {', '.join(sections())}")
    names = given.names or (list(sections()[given.study].figures) if given.study else sorted(known))
    out = given.out or given.results / "figures"
    plt.switch_backend("agg")
    missing = []
    for name in names:
        try:
            with plt.rc_context(plot.STYLE):
                figure, caption = function_of(known[name])(given.results)
                path = plot.save(figure, out, name)[0]
                plt.close(figure)
        except MissingError as error:
            missing.append(f"{name}: {error}")
            continue
        path.with_suffix(".txt").write_text(caption + "\n", encoding="utf-8")
        print(f"{path.with_suffix('')}.{{pdf,svg,png,txt}}", flush=True)
    if missing:
        sys.exit("not drawn:\n" + "\n".join(missing))


if __name__ == "__main__":
    main()
