"""Make a folder with a study and a figure of one's own to start from, a copy of ``template/`` under another name.

landscape new DIR
"""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from landscape.sections import sections

TEMPLATE, NAME = Path(__file__).with_name("template"), "my_study"
"""What is copied, and the word in its files and their names for which the new study's name is put."""


def main(words: Sequence[str]) -> None:
    """Make the folder that is the one word of the command. Raises ValueError where it may not be made."""
    (folder,) = map(Path, words)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ValueError(f"{folder} is there and no empty folder; give one that is empty, or not there yet")
    name = checked_name(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(each for each in TEMPLATE.iterdir() if each.is_file()):
        text = path.read_text(encoding="utf-8").replace(NAME, name)
        (folder / path.name.replace(NAME, name)).write_text(text, encoding="utf-8")
    print(f"cd {folder}\nlandscape study {name} --quick\nlandscape figure {name}")


def checked_name(folder: Path) -> str:
    """The name of a study in a folder: the folder's, as a module may be named. Raises ValueError where it is taken."""
    name = re.sub(r"\W+", "_", folder.resolve().name).lower()
    if not name.isidentifier():
        raise ValueError(f"{folder} gives no name for a study; give a folder whose name begins with a letter")
    if name in sections() or find_spec(name) or find_spec(f"{name}_figure"):
        raise ValueError(f"{name} is the name of a study or module that is there already; give a folder of another name")
    return name
