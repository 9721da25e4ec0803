"""Run the blocks of pages and gallery, and compare what they print with what stands in ``docs/printed``.

python docs/blocks.py                     every page and every example of the gallery
python docs/blocks.py how-to/weights.md   these
python docs/blocks.py --write             store what is printed now; read the difference before you commit it

A page is a MyST notebook; its blocks are the cells ``{code-cell}``. They run as in a notebook: one after the other in one
namespace, the last expression of a cell is shown unless it ends with a semicolon, and a line that begins with ``!`` is a
command of the shell. Pages that print nothing have no file in ``docs/printed``.
"""

import argparse
import ast
import contextlib
import difflib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PRINTED = HERE / "printed"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"\A(:[\w-]+:[^\n]*\n)+\n?")
TOGETHER = {"MPLBACKEND": "agg", "COLUMNS": "80", "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
"""What processes that a page starts see: no screen, and the commands of this environment."""


def pages() -> list[Path]:
    """Everything that is run."""
    found = [path for path in sorted(HERE.glob("**/*.md")) if CELL.search(path.read_text(encoding="utf-8"))]
    return [path for path in found if "_build" not in path.parts] + sorted((HERE / "examples").glob("*.py"))


def cells(page: Path) -> list[str]:
    """The code of a page."""
    text = page.read_text(encoding="utf-8")
    return [text] if page.suffix == ".py" else [OPTION.sub("", code) for code in CELL.findall(text)]


def run(code: str, names: dict[str, Any], show_last: bool = True) -> None:
    """Run a cell as a notebook does."""
    code = re.sub(r"^!(.*)$", lambda found: f"_shell({found[1]!r})", code, flags=re.MULTILINE)
    tree = ast.parse(code)
    last = tree.body[-1] if tree.body else None
    shown = show_last and isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
    body = tree.body[:-1] if shown else tree.body
    exec(compile(ast.Module(body, type_ignores=[]), "<page>", "exec"), names)
    if shown and isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "<page>", "eval"), names)
        if value is not None:
            print(repr(value))


def shell(command: str) -> None:
    """Run a command of the shell and print what it prints."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=os.environ | TOGETHER)
    print(done.stdout, end="")
    if done.returncode not in (0, 3):  # 3 says that a study is not finished
        raise RuntimeError(f"{command}: {done.stderr}")


def printed(page: Path) -> str:
    """What a page prints, its cells run in an empty folder."""
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {"__name__": "__main__", "_shell": shell}
    heard, before = io.StringIO(), Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(heard):
        os.chdir(folder)
        try:
            for code in cells(page):
                run(code, names, show_last=page.suffix != ".py")
                plt.close("all")
        finally:
            os.chdir(before)
    return "\n".join(line.rstrip() for line in heard.getvalue().splitlines()) + "\n" if heard.getvalue() else ""


def expected(page: Path) -> Path:
    """The file of what a page prints."""
    return (PRINTED / page.relative_to(HERE)).with_suffix(".txt")


def difference(page: Path) -> str:
    """What a page prints now against what it printed, empty where they agree."""
    path = expected(page)
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = (text.splitlines(keepends=True) for text in (stored, printed(page)))
    return "".join(difflib.unified_diff(*lines, str(path.relative_to(HERE.parent)), "printed now"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="paths below docs (default: all)")
    parser.add_argument("--write", action="store_true", help="store what is printed now")
    given = parser.parse_args()
    os.environ |= TOGETHER
    differ = 0
    for page in [HERE / name for name in given.pages] or pages():
        print(page.relative_to(HERE), flush=True)
        if given.write:
            text = printed(page)
            expected(page).parent.mkdir(parents=True, exist_ok=True)
            if text:
                expected(page).write_text(text, encoding="utf-8")
            else:
                expected(page).unlink(missing_ok=True)
        elif found := difference(page):
            differ += 1
            print(found)
    if not given.write and not given.pages:
        known = {expected(page) for page in pages()}
        for path in sorted(set(PRINTED.glob("**/*.txt")) - known):
            differ += 1
            print(f"{path.relative_to(HERE.parent)} belongs to no page; delete it")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
