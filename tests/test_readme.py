"""The README and the page of findings: blocks print what is shown, all of it is what templates and measured numbers give."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

from landscape.figures.readme import __main__ as readme
from landscape.figures.readme import measured
from landscape.figures.readme.values import Values, filled, fixed, with_output

README = Path(__file__).parents[1] / "README.md"


def blanks(text: str) -> str:
    """With all white space as single blanks."""
    return " ".join(text.split())


def test_the_examples_print_what_is_shown() -> None:
    found = list(re.finditer(r"(```python\n(?:(?!```).)*?```)\n\n```\n.*?```\n", README.read_text(), re.DOTALL))
    assert len(found) == readme.TEMPLATES["README.md"].read_text().count("filter with_output") > 0
    for block in found:
        assert with_output(block.group(1)) == block.group(0)


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    install, *lines = block.splitlines()
    assert install == "pip install ."
    for line in lines:
        command = [str(Path(sys.executable).parent / "landscape"), *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^(?:sigmoid|tanh) +[234] +200 ", done.stdout, re.MULTILINE)) == 6


def test_pages_are_what_their_templates_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the numbers that are committed, to the letter: nobody has edited a page alone."""
    (shown,) = re.findall(r"\n\n(```\n.*?```\n)", README.read_text(), re.DOTALL)
    monkeypatch.setattr(readme, "with_output", lambda block: f"{block.rstrip()}\n\n{shown}")
    for name, template in readme.TEMPLATES.items():
        text = readme.render(template, measured.stored())
        assert text == (readme.ROOT / name).read_text(encoding="utf-8"), name


def test_every_number_is_kept_and_none_else() -> None:
    """With machine, date and command of each study; the file is as it would be written."""
    stored = measured.stored()
    assert {study: set(made["numbers"]) for study, made in stored.items()} == {
        study: set(numbers) for study, numbers in measured.NUMBERS.items()
    }
    for made in stored.values():
        assert all(made[name] for name in readme.MADE)
    assert measured.STORED.read_text(encoding="utf-8") == measured.written(stored)


JOBS = {
    "runs to the first solve": 100_000,
    "runs to the first solve, on one thread": 100_000,
    "starts to their minima, l2 = 1e-4": 9_000,
    "ended runs diagnosed": 100_000,
    "losses of a plane": 160_801,
    "starts of a map of basins": 250_000,
    "first call ever, from the start of Python": 100,
    "first call of a second process": 100,
    "runs of 10 epochs, in a process of their own": 1_000_000,
}


def store(results: Path, quick: bool = False) -> None:
    """All that the README asks for."""

    def table(name: str, rows: list[dict[str, Any]]) -> None:
        pd.DataFrame(rows).to_parquet(results / f"{name}.parquet")

    for study in ("posted_program", "success_rates", "precision", "local_minima", "basins", "throughput", "store_overhead"):
        record = {
            "findings": ["Of two units one gains."] if study != "precision" else ["Of 9 starts none flips."],
            "quick": quick,
            "seconds": 61.4,
            "runs": 1234,
            "settings": {"lr": 1.0, "budget": 20_000},
            "made_with": {"processors": 2, "cpu": "abacus", "time_utc": "2020-02-02T00:00:00+00:00"},
            "command": f"python studies/{study}.py",
        }
        (results / f"{study}.json").write_text(json.dumps(record))
    table("posted_program_widths", [{"epoch": epoch, "runs": 2_000} for epoch in (500, 10_000, 10_000)])
    table("posted_program_rates", [{"epoch": epoch, "runs": 300} for epoch in (500, 100_000)])
    shares = {"solved": 0.8214, "escaping": 0.1786}
    table("local_minima_shares", [{"activation": a, "hidden": h} | shares for a in ("sigmoid", "tanh") for h in (2, 3)])
    table(
        "throughput_jobs",
        [{"job": job, "size": size, "seconds": 0.125, "epochs": 1e7, "gib": 0.7} for job, size in JOBS.items()],
    )
    programs = [("landscape", 2), ("landscape", 3), ("landscape", 8), ("jax vmap", 2), ("jax tuned", 2)]
    programs += [("landscape, float32", 2), ("landscape, one thread", 2), ("landscape, AVX2", 2)]
    programs += [("pytorch", 2), ("numpy loop", 2), ("scikit-learn", 2)]
    ways = [(f"landscape, {way}", "sigmoid") for way in ("momentum", "adam", "online", "online, watched")]
    timed = {"median": 13.14, "to_yardstick": 1.561, "to_sigmoid": 1.31, "to_landscape": 6.34, "runs": 8192, "epochs": 1000}
    table(
        "throughput",
        [
            {"program": program, "activation": activation, "hidden": hidden, "rounds": 9} | timed
            for program, hidden in programs
            for activation in ("sigmoid", "tanh", "relu")
        ]
        + [{"program": program, "activation": name, "hidden": 2, "rounds": 9} | timed for program, name in ways],
    )
    cells = {"cells": 120, "runs": 1000, "to_cell_by_cell": 0.92, "to_in_few_calls": 1.09, "more_ms_a_cell": 0.33}
    table("store_overhead", [cells | {"epochs": epochs} for epochs in (1000, 200)])
    steps = ("trained and stored", "three columns read", "all columns read")
    table("store_overhead_millions", [{"step": s, "seconds": 2.4, "gib": 1.2, "runs": 5, "megabytes": 465.0} for s in steps])
    (results / "figures").mkdir()
    for name in ("posted_program_epochs", "basins_zooms"):
        for suffix in (".svg", ".txt"):
            (results / "figures" / f"{name}{suffix}").write_text(f"The {suffix} of {name}.")
        Image.new("RGB", (len(name), 3), "white").save(results / "figures" / f"{name}.png")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command with its options, in a checkout of its own, the example not run."""
    monkeypatch.setattr(readme, "ROOT", tmp_path / "checkout")
    monkeypatch.setattr(readme, "STORED", tmp_path / "checkout" / "docs" / "measured.json")
    monkeypatch.setattr(readme, "with_output", lambda block: block)

    def run(*options: str) -> Path:
        monkeypatch.setattr(sys, "argv", ["figures.readme", "--results", str(tmp_path), *options])
        readme.main()
        return tmp_path / "checkout" / "README.md"

    return run


def test_numbers_and_pictures_come_from_the_results(command: Any, tmp_path: Path) -> None:
    store(tmp_path)
    written = command()
    texts = (written, written.parent / "docs" / "findings.md")
    text = blanks("".join(path.read_text() for path in texts))
    for told in (
        "trains 4,300 networks in 61 seconds on 2 cores",
        "*The .txt of posted_program_epochs. The posted program",
        "Of 1,234 2-2-1 networks (learning rate 1, 20,000 epochs): | 2-2-1 | solved | escaping | |---|---|---|",
        "| sigmoid | 0.821 | 0.179 | | tanh | 0.821 | 0.179 | With two",
        "the 0.179 and 0.179 that are stuck are on their way to infinity",
        "## Starting over Of two units one gains.",
        "in 6.34 of the time (sigmoid 2-2-1). Of 9 starts none flips.",
        "9,000 starts on 2-2-1",
        "250,000 starts 0.1 s",
        "| relu | 13.1 (1.56) | 13.1 (1.56) | 13.1 (1.56) | 13.1 (6.3 times) | 13.1 (6.3 times) |",
        "momentum 6.3, adam 6.3, and updates pattern after pattern 6.3 times that of gradient descent",
        "8,192 runs of 1,000 epochs, medians of 9 rounds",
        "takes 0.92 times as long as a call of `train` for each cell",
        "a processor that LLVM calls abacus",
        "| basins | 2 cores of abacus | 2020-02-02 | `python studies/basins.py` |",
    ):
        assert told in text, told
    gallery = written.parent / "figures" / "gallery"
    assert {path.name: plt.imread(path).shape[:2] for path in gallery.iterdir()} == {
        f"{name}.png": (3, len(name)) for name in ("posted_program_epochs", "basins_zooms")
    }
    kept = json.loads((written.parent / "docs" / "measured.json").read_text())
    assert kept["throughput"]["numbers"]["solves_seconds"] == 0.125
    assert kept["local_minima"]["numbers"]["shares"]["tanh"] == {"solved": 0.8214, "escaping": 0.1786}
    assert [readme.render(template, kept) for template in readme.TEMPLATES.values()] == [path.read_text() for path in texts]


def test_without_results_the_pages_come_from_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readme, "with_output", lambda block: block)
    monkeypatch.setattr(sys, "argv", ["figures.readme", "--out", str(tmp_path)])
    readme.main()
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("**/*.*")} == set(readme.TEMPLATES)
    assert (tmp_path / "docs" / "findings.md").read_text() == (readme.ROOT / "docs" / "findings.md").read_text()


@pytest.mark.parametrize(
    "missing", ["throughput_jobs.parquet", "throughput.json", "store_overhead.json", "figures/basins_zooms.png"]
)
def test_what_is_missing_is_said_and_nothing_written(command: Any, tmp_path: Path, missing: str) -> None:
    store(tmp_path)
    (tmp_path / missing).unlink()
    name = missing.split(".")[0].removesuffix("_jobs")
    makes = f"study {name} --out" if "/" not in name else "figure basins_zooms --results"
    with pytest.raises(SystemExit, match=f"is not there yet; make it with: landscape {makes} {tmp_path}"):
        command()
    assert not (tmp_path / "checkout").exists()


def test_a_value_that_was_not_measured_is_said(command: Any, tmp_path: Path) -> None:
    store(tmp_path)
    table = pd.read_parquet(tmp_path / "throughput.parquet")
    table[table["program"] != "jax tuned"].to_parquet(tmp_path / "throughput.parquet")
    with pytest.raises(SystemExit, match=r"throughput has 0 values of median where .*jax tuned"):
        command()
    assert not (tmp_path / "checkout").exists()
    with pytest.raises(ValueError, match="nan is no number"):
        fixed(float("nan"))


def test_small_versions_are_for_elsewhere(command: Any, tmp_path: Path) -> None:
    store(tmp_path, quick=True)
    with pytest.raises(SystemExit, match=r"basins, local_minima, .* were made with --quick"):
        command()
    assert not (tmp_path / "checkout").exists()
    command("--out", str(tmp_path / "elsewhere"))
    assert (tmp_path / "elsewhere" / "figures" / "gallery" / "basins_zooms.png").exists()
    assert not (tmp_path / "checkout").exists()


def test_what_is_asked_for_is_noted_with_its_study(tmp_path: Path) -> None:
    store(tmp_path)
    values = Values(tmp_path)
    values.rows("throughput_jobs")
    values.caption("basins_zooms")
    assert values.asked == {"throughput", "basins"}


def test_paragraphs_are_broken_between_words() -> None:
    assert filled("a\nb " + "c" * 130) == f"a b\n{'c' * 130}\n"
