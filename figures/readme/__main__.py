"""Write README.md and the pages of numbers from their templates, so that every number in them is one that was measured.

python -m figures.readme                      from docs/measured.json, which keeps the numbers of whole studies
python -m figures.readme --results results    first take these numbers, and the pictures, from studies that were run

Where something is missing in the results, or was made with --quick, nothing is written, and the command says what to run.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from landscape.extras import needed_for
from landscape.figures.common import MissingError, drawn
from landscape.figures.readme.measured import STORED, measured, stored, written
from landscape.figures.readme.values import Values, brief, filled, fixed, with_output

with needed_for("the README needs"):
    from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).parents[2]
TEMPLATES = {
    "README.md": Path(__file__).with_name("readme.md.j2"),
    "docs/findings.md": Path(__file__).with_name("findings.md.j2"),
}
"""What is written, from the root of the project, and from which template."""

MADE = ("machine", "date", "command")
"""How the numbers of a study were made."""


def render(template: Path, numbers: dict[str, dict[str, Any]]) -> str:
    """The text of a page."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters |= {"brief": brief, "fixed": fixed, "filled": filled, "with_output": with_output}
    names = {study: made["numbers"] | {name: made[name] for name in MADE} for study, made in numbers.items()}
    return environment.from_string(template.read_text(encoding="utf-8")).render(names)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="figures.readme", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, help="folder of results from which to take numbers and pictures anew")
    parser.add_argument(
        "--out", type=Path, help="folder to write to, and then small versions will do (default: the project)"
    )
    given = parser.parse_args()
    root = given.out or ROOT
    pictures: dict[str, Path] = {}
    try:
        if given.results is None:
            numbers = stored()
        else:
            values = Values(given.results)
            numbers = measured(values)
            quick = [study for study in sorted(values.asked) if values.made(study)["quick"]]
            if quick and given.out is None:
                sys.exit(
                    f"{', '.join(quick)} in {given.results} were made with --quick; run them whole, or give --out FOLDER"
                )
        texts = {name: render(template, numbers) for name, template in TEMPLATES.items()}
        if given.results is not None:
            shown = re.findall(r"figures/gallery/(\w+)\.png\)", "".join(texts.values()))
            pictures = {name: drawn(given.results, name)[1] for name in shown}
    except (MissingError, ValueError) as error:
        sys.exit(str(error))
    if given.results is not None:
        texts[str(STORED.relative_to(ROOT))] = written(numbers)
    for name, path in pictures.items():
        keep(path, root / "figures" / "gallery" / f"{name}.png")
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
        print(root / name)


def keep(path: Path, to: Path) -> None:
    """Store a picture that has been drawn: 256 colours are enough to look at, at a fifth of the size."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(path.with_suffix(".png")) as picture:
        picture.convert("RGB").quantize(256).save(to, optimize=True)


if __name__ == "__main__":
    main()
