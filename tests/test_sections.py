"""Studies and figures: declared by one record, and found where they are installed or in the current folder."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from landscape.sections import COMMANDS, STUDIES, Section, declared, figures, function_of, sections
from landscape.studies.sections import SECTIONS

ROOT = Path(__file__).parents[1]
ONE = """'''What of {name}?

More of it.'''
from landscape.sections import Section
SECTIONS = [Section("{name}", "{module}:main", {{"{figure}": "{module}:draw"}})]
def main(): ...
def draw(results): ...
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In an empty folder, with ``sys.path`` put back and the modules that were made forgotten."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]


def project(folder: Path, module: str, name: str, figure: str = "made_figure") -> None:
    """A folder with a module and the ``pyproject.toml`` that declares its section."""
    (folder / f"{module}.py").write_text(ONE.format(module=module, name=name, figure=figure))
    (folder / "pyproject.toml").write_text(f'[project.entry-points."{STUDIES}"]\n{module} = "{module}:SECTIONS"\n')
    importlib.invalidate_caches()


def installed(folder: Path, module: str, name: str) -> None:
    """A folder as pip leaves it: a module and the metadata of its distribution."""
    folder.mkdir()
    (folder / f"{module}.py").write_text(ONE.format(module=module, name=name, figure=f"{name}_figure"))
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{STUDIES}]\n{module} = {module}:SECTIONS\n")
    sys.path.append(str(folder))
    importlib.invalidate_caches()


def test_every_study_and_figure_of_this_package_is_a_function_with_a_question() -> None:
    assert list(sections().values())[: len(SECTIONS)] == list(SECTIONS)
    for section in SECTIONS:
        assert callable(function_of(section.study))
        assert len(section.question) > 20
        script = (ROOT / "studies" / f"{section.name}.py").read_text()
        assert script.endswith('\n\nif __name__ == "__main__":\n    main()\n')
        assert ast.get_docstring(ast.parse(script)).split("\n")[0] == section.question
    assert all(callable(function_of(function)) for function in figures().values())
    assert {entry.name for entry in declared(COMMANDS)} == {"figure", "report", "new"}
    assert all(callable(entry.load()) for entry in declared(COMMANDS))


def test_a_project_in_the_current_folder_joins_after_those_of_this_package(tmp_path: Path) -> None:
    project(tmp_path, "made_here", "mine")
    assert list(sections()) == [*(section.name for section in SECTIONS), "mine"]
    assert sections()["mine"].question == "What of mine?"
    assert figures()["made_figure"] == "made_here:draw"


def test_an_installed_package_joins_wherever_one_is(tmp_path: Path) -> None:
    installed(tmp_path / "packages", "made_there", "theirs")
    assert list(sections())[-1] == "theirs"
    project(tmp_path, "made_here", "mine")
    assert list(sections())[-2:] == ["mine", "theirs"]


def test_what_is_installed_and_in_the_current_folder_counts_once(tmp_path: Path) -> None:
    installed(tmp_path / "packages", "made_there", "theirs")
    project(tmp_path, "made_there", "theirs", "theirs_figure")
    assert list(sections()).count("theirs") == 1


@pytest.mark.parametrize(
    ("name", "figure", "said"),
    [("parity", "made_figure", "two studies are named parity"), ("mine", "basins", "two figures are named basins")],
)
def test_names_that_are_taken_are_refused(tmp_path: Path, name: str, figure: str, said: str) -> None:
    project(tmp_path, "made_twice", name, figure)
    with pytest.raises(ValueError, match=f"{said}; rename that of made_twice"):
        figures()


@pytest.mark.parametrize(
    ("content", "error"), [("1 / 0", "ZeroDivisionError"), ("SECTIONS = 'ab'", "TypeError: they are no")]
)
def test_a_package_that_declares_no_sections_is_left_out_and_named(tmp_path: Path, content: str, error: str) -> None:
    project(tmp_path, "made_badly", "bad")
    (tmp_path / "made_badly.py").write_text(content)
    with pytest.warns(UserWarning, match=f"the studies of made_badly:SECTIONS are left out: {error}"):
        assert list(sections()) == [section.name for section in SECTIONS]


def test_a_project_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    with pytest.raises(ValueError, match=r"pyproject\.toml cannot be read: "):
        sections()


def test_a_project_without_studies_is_not_imported_from(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert list(sections()) == [section.name for section in SECTIONS]
    assert str(tmp_path) not in sys.path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Section("all", "a:b"), "'all' is not allowed as the name"),
        (lambda: Section("../a", "a:b"), "'../a' is not allowed as the name"),
        (lambda: Section("a", "a:b", {"b c": "a:b"}), "'b c' is not allowed as the name"),
        (lambda: Section("a", "a.b"), "'a.b' names no function of section a; write it as"),
        (lambda: Section("a", "a:b", {"c": "a"}), "'a' names no function of section a"),
    ],
)
def test_a_section_is_checked_when_it_is_made(make: Callable[[], Section], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
