"""The documentation, as far as it takes no Sphinx: everything public has its place, links lead somewhere, quick pages print
what is stored. ``make docs-check`` builds it and runs every page."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import landscape as ls
from docs import blocks
from landscape import lanes, statistics
from landscape.cli.command import cli
from landscape.options import RECORDS
from landscape.problems import Family
from landscape.schema import COLUMNS, SETTINGS, Kind
from landscape.slices.quantities import QUANTITIES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_extensions"))

import tables  # noqa: E402

QUICK = ("explanation/surfaces.md", "explanation/bits.md", "how-to/weights.md", "index.md", "examples/15_weights.py")
"""Pages that run in a second."""
REFERENCE = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "reference").iterdir() if path.is_file()}


def pages() -> list[Path]:
    """Everything that people read, in Markdown."""
    made = ("_build", "gallery", "generated", "examples")
    found = [path for path in DOCS.glob("**/*.md") if not set(path.relative_to(DOCS).parts) & set(made)]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(found)]


def public() -> set[str]:
    """Names as the reference writes them: what is reached by two names has its place under the shorter one."""
    modules: dict[str, Any] = {"": ls, "slices.": ls.slices, "plot.": ls.plot, "statistics.": statistics, "lanes.": lanes}
    names = {prefix + name: getattr(module, name) for prefix, module in modules.items() for name in module.__all__}
    top = {name: each for name, each in names.items() if "." not in name and not inspect.ismodule(each)}
    found = {name for name, each in names.items() if "." in name and not any(each is one for one in top.values())}
    own = {name: each for name, each in vars(ls.problems).items() if getattr(each, "__module__", "") == ls.problems.__name__}
    of_problems = {f"problems.{name}" for name, each in own.items() if name[0] != "_" and not isinstance(each, ls.Problem)}
    return (found | set(top) | of_problems) - {"problems.Problem", "__version__"}


def test_every_public_name_has_its_place() -> None:
    listed = re.findall(r"^   ([\w.]+)$", REFERENCE["python.rst"], re.MULTILINE)
    assert len(listed) == len(set(listed))
    constants = {"problems.PROBLEMS", "problems.FAMILIES", "problems.BOOLEAN_NAMES"}
    assert set(listed) == public() | constants
    assert "landscape.__version__" in REFERENCE["python.rst"]


def test_every_command_and_option_has_its_place() -> None:
    assert "{commands}" in REFERENCE["commands.md"]
    text = tables.commands("")
    for name, command in cli.commands.items():
        section = re.search(rf"^## landscape {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(each in section[1] for each in option.opts), (name, option.opts)


def test_every_setting_and_column_has_its_place() -> None:
    owners = set(re.findall(r"\{settings\} (\w+)", REFERENCE["settings.md"]))
    assert owners == {column.owner for column in SETTINGS.values()}
    rows = [line for owner in owners for line in tables.settings(owner).splitlines()[2:]]
    assert sorted(re.findall(r"^\| `(\w+)`", "\n".join(rows), re.MULTILINE)) == sorted(SETTINGS)
    for row in rows:
        assert re.fullmatch(r"\| `\w+` \| [^|]+ \| [^|]+ \| `[^`]+` \| [^|]* \|", row), row
    assert "{columns}" in REFERENCE["columns.md"]
    named = re.findall(r"^\| `(\w+)`", tables.columns(""), re.MULTILINE)
    assert named == [column.name for column in COLUMNS if column.kind is not Kind.SETTING]


def test_every_part_has_its_place() -> None:
    assert set(re.findall(r"\{parts\} (\w+)", REFERENCE["parts.md"])) == set(RECORDS)
    for setting, table in RECORDS.items():
        named = re.findall(r"^\| `(\w+)(?:\.\.\w+)?`", tables.parts(setting), re.MULTILINE)
        assert named == [f"{name}1" if isinstance(record, Family) else name for name, record in table.items()], setting
    assert "{quantities}" in REFERENCE["parts.md"]
    assert re.findall(r"^\| `(\w+)`", tables.quantities(""), re.MULTILINE) == list(QUANTITIES)


def test_every_picture_is_in_the_gallery() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "examples").glob("*.py"))
    names: dict[Any, list[str]] = {}
    for name in ls.plot.__all__:
        names.setdefault(repr(getattr(ls.plot, name)), []).append(name)
    for called in names.values():
        if inspect.isfunction(getattr(ls.plot, called[0])):
            assert any(f"ls.plot.{name}(" in code for name in called), called


def anchors(path: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


FENCED = re.compile(r"^```(\S*).*?^```$", re.MULTILINE | re.DOTALL)
DIRECTIVES = ("{toctree}", "{include}")
"""What lies between fences and names other pages; all else there is code."""


def wrong_links(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    text = FENCED.sub(lambda found: found[0] if found[1] in DIRECTIVES else "", page.read_text(encoding="utf-8"))
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        to = page.parent / name if name else page
        if not to.exists() or (anchor and anchor not in anchors(to)):
            wrong.append(target)
    made = {DOCS / "gallery" / path.stem for path in (DOCS / "examples").glob("*.py")} | {DOCS / "gallery" / "index"}
    documents = re.findall(r"\{doc\}`(?:[^`<]*<)?([\w./-]+)>?`", text) + re.findall(r"^:link: (\S+)$", text, re.MULTILINE)
    for entries in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        documents += [line for line in entries.splitlines() if line and not line.startswith(":")]
    for document in documents:
        to = (page.parent / document).resolve()
        if to not in made and not any(to.with_suffix(suffix).exists() for suffix in (".md", ".rst")):
            wrong.append(document)
    wrong += [name for name in re.findall(r"\{include\} (\S+)", text) if not (page.parent / name).exists()]
    return wrong


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert wrong_links(page) == []


def test_wrong_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One two\n[a](page.md) [b](page.md#one-two) [c](page.md#three) [d](other.md) {doc}`page` {doc}`none`\n"
        "![e](none.png)\n```{toctree}\npage\nlost\n```\n```{include} page.md\n```\n```{include} gone.md\n```\n"
    )
    assert wrong_links(page) == ["page.md#three", "other.md", "none.png", "none", "lost", "gone.md"]


def test_every_block_of_python_is_run() -> None:
    """A page of the documentation has cells; the README has a test of its own."""
    for page in pages()[1:]:
        assert not re.search(r"^```(?:python|py|pycon)$", page.read_text(encoding="utf-8"), re.MULTILINE), page


def test_what_is_stored_belongs_to_a_page() -> None:
    stored = set(blocks.PRINTED.glob("**/*.txt"))
    assert stored <= {blocks.expected(page) for page in blocks.pages()}
    assert len(stored) > 20


@pytest.mark.parametrize("page", QUICK)
def test_quick_pages_print_what_is_stored(page: str) -> None:
    assert blocks.difference(DOCS / page) == ""


def test_blocks_run_as_in_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```{code-cell} python3\n:tags: [hide-input]\n\nx = 1\nprint(x)\nx + 1\n```\n"
        "text\n```{code-cell} python3\nx + 2;\n```\n```{code-cell} python3\n!echo from a shell\n```\n"
    )
    assert blocks.printed(page) == "1\n2\nfrom a shell\n"
    monkeypatch.setattr(blocks, "HERE", tmp_path)
    monkeypatch.setattr(blocks, "PRINTED", tmp_path / "printed")
    assert "+from a shell" in blocks.difference(page)
    blocks.expected(page).parent.mkdir()
    blocks.expected(page).write_text("1\n2\nfrom a shell\n")
    assert blocks.difference(page) == ""
    page.write_text("```{code-cell} python3\n!exit 1\n```\n")
    with pytest.raises(RuntimeError, match="exit 1"):
        blocks.printed(page)


def test_the_build_ignores_nothing_that_is_committed() -> None:
    """What the build makes is not committed."""
    asked = ["git", "ls-files", "docs/_build", "docs/gallery", "docs/reference/generated", "docs/reference/examples"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == ""
