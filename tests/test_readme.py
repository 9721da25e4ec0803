"""The README: its example prints what it says, and its table names the parts there are."""

import re
import subprocess
import sys
from pathlib import Path

import landscape as ls
from landscape.directions import NORMALIZATIONS
from landscape.quantities import QUANTITIES


def test_the_example_prints_what_is_shown() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text()
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)
    assert found
    code, shown = found.groups()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == shown


def test_the_parts_of_slices_and_pictures_are_those_there_are() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text()
    rows = {kind: set(names.split(", ")) for kind, names in re.findall(r"^\| ([a-z]+) \| (.*) \|$", text, re.MULTILINE)}
    slices = {name for name, value in vars(ls.slices).items() if getattr(value, "__module__", "") == ls.slices.__name__}
    assert rows["slices"] == {name for name in slices if not name.startswith("_")}
    assert rows["normalisations"] == set(map(str, NORMALIZATIONS))
    assert rows["quantities"] == set(QUANTITIES)
    helpers = {"epochs_scale", "name", "save"}
    assert rows["pictures"] == {name for name in ls.plot.__all__ if name.islower()} - helpers
