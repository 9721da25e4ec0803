"""The commands that run studies, draw figures, write the report, and make a folder to start from."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from landscape.cli import command
from landscape.studies.new import TEMPLATE
from landscape.studies.sections import SECTIONS

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Done]:
    """``landscape``, in this process, in an empty folder; other studies than those of this package are forgotten."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["landscape", *map(str, words)])
            patch.setattr(sys, "path", [*sys.path])
            patch.setattr(warnings, "showwarning", warnings.showwarning)
            with pytest.raises(SystemExit) as left:
                command.main()
        return Done(words, left.value.code, *capsys.readouterr())

    return call


def test_a_new_study_has_a_table_and_a_picture_and_a_place_in_the_report(
    called: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jinja2")
    done = called("new", tmp_path / "made of Mine")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "made of Mine"
    name = "made_of_mine"
    assert done.stdout.split("\n")[1:3] == [f"landscape study {name} --quick", f"landscape figure {name}"]
    assert len(list(folder.iterdir())) == len([path for path in TEMPLATE.iterdir() if path.is_file()])
    assert not [path for path in folder.iterdir() if "my_study" in path.name + path.read_text()]
    monkeypatch.chdir(folder)
    assert f"\n{name} " in called("study").stdout
    done = called("study", name, "--quick", "--runs", "4", "--seed", "7")
    assert (done.returncode, f"landscape figure --study {name}" in done.stderr) == (0, True), done.stderr
    content = json.loads((folder / "results" / f"{name}.json").read_text())
    assert (content["runs"], content["seed"], len(content["findings"])) == (4, 7, 3)
    assert content["command"] == f"landscape study {name} --quick --runs 4 --seed 7"
    assert called("figure", "--study", name).returncode == 0
    assert (folder / "results" / "figures" / f"{name}.png").exists()
    assert called("report").returncode == 0
    text = (folder / "results" / "report.html").read_text()
    assert f'<figure id="figure-{name}">' in text
    assert text.index('<section id="store_overhead"') < text.index(f'<section id="{name}"')


def test_a_folder_that_is_not_empty_and_names_that_are_taken_are_refused(
    called: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for folder, said in {
        "full": "full is there and no empty folder",
        "full/mine.txt": "mine.txt is there and no empty folder",
        "numpy": "numpy is the name of a study or module that is there already",
        "basins": "basins is the name of a study",
        "2d": "2d gives no name for a study",
    }.items():
        done = called("new", folder)
        assert (done.returncode, done.stdout) == (command.FAILED, "")
        assert said in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "mine.txt"]
    (tmp_path / "empty").mkdir()
    assert called("new", "empty").returncode == 0


def test_studies_are_listed_with_their_questions(called: Callable[..., Done]) -> None:
    lines = called("study").stdout.splitlines()
    assert [line.split()[0] for line in lines[: len(SECTIONS)]] == [section.name for section in SECTIONS]
    assert all(line.endswith(section.question) for line, section in zip(lines, SECTIONS, strict=False))


def test_what_is_unknown_is_wrong_usage(called: Callable[..., Done]) -> None:
    done = called("study", "paritty")
    assert (done.returncode, "'paritty' is not a study; known: posted_program" in done.stderr) == (command.USAGE, True)
    done = called("figure", "--study", "paritty")
    assert (done.returncode, "--study takes one study" in done.stderr) == (command.USAGE, True)
    assert called("study", "parity", "--runs", "0").returncode == command.USAGE


def test_all_runs_every_study_in_a_process_of_its_own_until_one_fails(
    called: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def run(line: list[str], check: bool) -> Done:
        asked.append(line)
        return Done(line, 5 if line[4] == "parity" else 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert called("study", "all", "--quick", "--out", "there").returncode == 5
    names = [section.name for section in SECTIONS]
    wanted = names[: names.index("parity") + 1]
    assert asked == [
        [sys.executable, "-m", "landscape_command", "study", name, "--quick", "--out", "there"] for name in wanted
    ]


def test_a_report_without_jinja_says_how_to_install_it(called: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    """As where it is not installed."""
    monkeypatch.delitem(sys.modules, "landscape.figures.report.page", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = called("report")
    wanted = "landscape: the report needs Jinja2; install it with: pip install 'xor-landscape[report]'\n"
    assert (done.returncode, done.stderr) == (command.FAILED, wanted)


def test_commands_that_are_not_installed_say_so(called: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment that an older version has made."""
    monkeypatch.setattr("landscape.sections.entry_points", lambda group: [])
    for words, said in {("study",): "no study is installed", ("report",): "the command report is not installed"}.items():
        done = called(*words)
        assert (done.returncode, f"{said}; install the package again" in done.stderr) == (command.FAILED, True)
