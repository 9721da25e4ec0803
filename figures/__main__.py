"""Draw figures from the tables and slices that studies have stored.

python -m figures            all of them
python -m figures NAME ...   these

Each is one script of this folder, with a function ``draw(results)`` that loads, draws, and returns the figure and its
caption. It is saved as PDF, SVG and PNG under the script's name, with the caption beside it as text.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

import matplotlib.pyplot as plt

from figures.common import MissingError
from landscape import plot

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("__main__", "common"))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(NAMES)}")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the tables (default results)")
    parser.add_argument("--out", type=Path, help="folder for the pictures (default RESULTS/figures)")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"{unknown[0]!r} is not a figure; known: {', '.join(NAMES)}")
    out = given.out or given.results / "figures"
    plt.switch_backend("agg")
    missing = []
    for name in given.names or NAMES:
        try:
            with plt.rc_context(plot.STYLE):
                figure, caption = import_module(f"figures.{name}").draw(given.results)
                path = plot.save(figure, out, name)[0]
                plt.close(figure)
        except MissingError as error:
            missing.append(f"{name}: {error}")
            continue
        path.with_suffix(".txt").write_text(caption + "\n")
        print(f"{path.with_suffix('')}.{{pdf,svg,png,txt}}")
    if missing:
        sys.exit("not drawn:\n" + "\n".join(missing))


if __name__ == "__main__":
    main()
