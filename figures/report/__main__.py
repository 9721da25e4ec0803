"""Write the report, one page that needs nothing beside it, from the records, tables and figures of a folder of results.

landscape report
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from landscape.extras import needed_for


def main(words: Sequence[str] | None = None) -> None:
    """Write the page that is asked for on the command line, or by these words."""
    parser = argparse.ArgumentParser(
        prog="landscape report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the results (default results)")
    parser.add_argument("--out", type=Path, help="the page to write (default RESULTS/report.html)")
    given = parser.parse_args(words)
    with needed_for("the report needs"):
        from landscape.figures.report.page import page
    out = given.out or given.results / "report.html"
    written = page(given.results)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(written, encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
