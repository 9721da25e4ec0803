"""What the package needs around it: lower bounds that are said, and tests that do not ask how busy the machine is."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from conftest import FAST, SLOW
from lowest import PROJECT, lowest

TYPES_ONLY = "types-"
OURS = "xor-landscape"


def test_every_requirement_has_a_lower_bound_that_the_check_of_the_lowest_uses() -> None:
    """But for our own extras and for type stubs, which go with what they describe."""
    content = tomllib.loads(PROJECT.read_text())["project"]
    asked = [*content["dependencies"], *(name for extra in content["optional-dependencies"].values() for name in extra)]
    names = [name for name in asked if not name.startswith((TYPES_ONLY, OURS))]
    constraints = lowest(PROJECT)
    assert [re.split("[>=]+", name)[0] for name in names] == [name.split("==")[0] for name in constraints]
    assert {"numpy==2.0", "click==8.2", "pandas==2.2.2", "scikit-learn==1.4.2"} <= set(constraints)
    for constraint in ("numpy", "numba", "pandas", "click"):
        (bound,) = [name.split("==")[1] for name in constraints if name.startswith(f"{constraint}==")]
        assert [int(part) for part in re.findall(r"\d+", version(constraint))] >= [int(part) for part in bound.split(".")]


def test_marked_files_of_tests_are_there() -> None:
    assert {path.stem for path in Path(__file__).parent.glob("test_*.py")} >= SLOW | FAST
    assert not SLOW & FAST


def test_no_test_asks_the_clock() -> None:
    """A busy machine makes any number of seconds too few: tests wait for signs, and measure processor time."""
    clocks = re.compile(r"\b(perf_counter|monotonic|thread_time)\(|sleep\((?!0\.0|rng)[^)]*\)")
    here = Path(__file__)
    for path in sorted(here.parent.glob("*.py")):
        found = [line for line in path.read_text().splitlines() if clocks.search(line)]
        assert path == here or not found, (path.name, found)
