"""Write the report, one page that needs nothing beside it, from the records, tables and figures of a folder of results.

python -m figures.report
"""

import argparse
from pathlib import Path

from figures.report.page import page


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="figures.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the results (default results)")
    parser.add_argument("--out", type=Path, help="the page to write (default RESULTS/report.html)")
    given = parser.parse_args()
    out = given.out or given.results / "report.html"
    written = page(given.results)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(written, encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
