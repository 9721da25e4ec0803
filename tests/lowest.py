"""The lowest versions that ``pyproject.toml`` allows, as constraints for pip.

python tests/lowest.py > constraints.txt
"""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
OF_THAT_TIME = ["python-dateutil==2.9.0.post0"]
"""What the lowest versions ask for without an upper bound: pandas 2.2.2 cannot read the time zones of dateutil 4."""


def lowest(project: Path) -> list[str]:
    """``name==version`` for every direct requirement, extras included, that has a lower bound."""
    content = tomllib.loads(project.read_text())["project"]
    asked = [*content["dependencies"], *(name for extra in content["optional-dependencies"].values() for name in extra)]
    bounds = (re.fullmatch(r"([\w.-]+) *>= *([\w.]+)", requirement) for requirement in asked)
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


if __name__ == "__main__":
    print(*lowest(PROJECT), *OF_THAT_TIME, sep="\n")
