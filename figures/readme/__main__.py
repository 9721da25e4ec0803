"""Write README.md from its template and the results, so that every figure and number in it is one that was measured.

python -m figures.readme

The pictures it shows are copied from the figures that have been drawn. Where something is missing, or was made with --quick,
nothing is written, and the command says what to run.
"""

import argparse
import re
import sys
from pathlib import Path

from PIL import Image

from landscape.extras import needed_for
from landscape.figures.common import MissingError, drawn
from landscape.figures.readme.values import Values, filled, fixed, with_output

with needed_for("the README needs"):
    from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).parents[2]
TEMPLATE = Path(__file__).with_name("readme.md.j2")


def environment() -> Environment:
    """How the template is read."""
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def render(values: Values) -> str:
    """The text of the README."""
    template = environment()
    template.filters |= {"fixed": fixed, "filled": filled, "with_output": with_output}
    names = {name: getattr(values, name) for name in ("made", "finding", "rows", "value", "caption")}
    return template.from_string(TEMPLATE.read_text(encoding="utf-8")).render(names)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="figures.readme", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the results (default results)")
    parser.add_argument("--out", type=Path, help="write elsewhere, and then small versions will do (default README.md)")
    given = parser.parse_args()
    values = Values(given.results)
    try:
        text = render(values)
        pictures = {name: drawn(given.results, name)[1] for name in re.findall(r"\(figures/gallery/(\w+)\.png\)", text)}
        quick = [study for study in sorted(values.asked) if values.made(study)["quick"]]
    except (MissingError, ValueError) as error:
        sys.exit(str(error))
    if quick and given.out is None:
        sys.exit(
            f"{', '.join(quick)} in {given.results} were made with --quick; run them whole, or give --out to write elsewhere"
        )
    out = given.out or ROOT / "README.md"
    gallery = out.parent / "figures" / "gallery"
    gallery.mkdir(parents=True, exist_ok=True)
    for name, path in pictures.items():
        with Image.open(path.with_suffix(".png")) as picture:  # 256 colours are enough to look at, at a fifth of the size
            picture.convert("RGB").quantize(256).save(gallery / f"{name}.png", optimize=True)
    out.write_text(text, encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
