"""The README: its example prints what it says, its table names the parts there are, all of it is what its template gives."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

import landscape as ls
from landscape.figures.readme import __main__ as readme
from landscape.figures.readme.values import Values, filled, fixed, with_output
from landscape.slices.directions import NORMALIZATIONS
from landscape.slices.quantities import QUANTITIES

README = Path(__file__).parents[1] / "README.md"
VALUES = {"caption(": ".+?", "finding(": ".+?", "output": "```.*?```", "replace(": "[^|]+?", "": "[^ |]+?"}
"""What captions, findings, printed output and names of several words may be; any other value is a number or one word."""
TAGS = {"for": "(?:", "endfor": ")+", "filter": "", "endfilter": "", "set": ""}


def pattern(template: str) -> re.Pattern[str]:
    """What a text matches that the template gave, whatever the values, once all its white space is single blanks."""
    template = re.sub(r"(filter with_output.*?)\{% endfilter %\}", r"\1{{ output }}", template, flags=re.DOTALL)
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        tag = found.group(0)
        if tag.strip().startswith("{{"):
            held.append(next(value for name, value in VALUES.items() if name in tag))
            return f"<{len(held) - 1}>"
        held.append(TAGS[re.findall(r"\w+", tag)[0]])
        return f"<{len(held) - 1}!>" if held[-1] else ""

    text = blanks(re.sub(r"\{\{.*?\}\}|\s*\{%-.*?%\}|\{%.*?%\}", hold, template, flags=re.DOTALL))
    while (shorter := re.sub(r" (<\d+!>) ", r" \1", text)) != text:  # a blank on one side of a loop is enough
        text = shorter
    return re.compile(re.sub(r"<(\d+)!?>", lambda found: held[int(found.group(1))], re.escape(text)))


def blanks(text: str) -> str:
    """With all white space as single blanks."""
    return " ".join(text.split())


def test_the_examples_print_what_is_shown() -> None:
    found = list(re.finditer(r"(```python\n(?:(?!```).)*?```)\n\n```\n.*?```\n", README.read_text(), re.DOTALL))
    assert len(found) == readme.TEMPLATE.read_text().count("filter with_output") == 2
    for block in found:
        assert with_output(block.group(1)) == block.group(0)


def test_the_parts_of_slices_and_pictures_are_those_there_are() -> None:
    text = README.read_text()
    rows = {kind: set(names.split(", ")) for kind, names in re.findall(r"^\| ([a-z]+) \| (.*) \|$", text, re.MULTILINE)}
    assert rows["slices"] == set(ls.slices.__all__)
    assert rows["normalisations"] == set(map(str, NORMALIZATIONS))
    assert rows["quantities"] == set(QUANTITIES)
    helpers = {"epochs_scale", "name", "save"}
    assert rows["pictures"] == {name for name in ls.plot.__all__ if name.islower()} - helpers


def test_the_readme_is_what_its_template_gives() -> None:
    """But for what was measured: nobody has edited it alone."""
    wanted, text = pattern(readme.TEMPLATE.read_text()), blanks(README.read_text())
    assert wanted.fullmatch(text)
    for part in ("# landscape", "A **surface**", "| optimizers | gd", "times as long as a call", "## What it will not do"):
        assert part in text
        assert not wanted.fullmatch(text.replace(part, f"by hand {part}", 1))
        assert not wanted.fullmatch(text.replace(part, "", 1))


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
            "made_with": {"processors": 2, "cpu": "abacus"},
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
    monkeypatch.setattr(readme, "with_output", lambda block: block)

    def run(*options: str) -> Path:
        monkeypatch.setattr(sys, "argv", ["figures.readme", "--results", str(tmp_path), *options])
        readme.main()
        return tmp_path / "checkout" / "README.md"

    return run


def test_numbers_and_pictures_come_from_the_results(command: Any, tmp_path: Path) -> None:
    store(tmp_path)
    written = command()
    text = blanks(written.read_text())
    for told in (
        "trains 4,300 networks in 61 seconds on 2 cores",
        "*The .txt of posted_program_epochs. The posted program",
        "Of 1,234 2-2-1 networks (learning rate 1, 20,000 epochs): | 2-2-1 | solved | escaping | |---|---|---|",
        "| sigmoid | 0.821 | 0.179 | | tanh | 0.821 | 0.179 | With two",
        "the 0.179 and 0.179 that are stuck are on their way to infinity",
        "For example: Of two units one gains. `make studies`",
        "in 6.34 of the time (sigmoid 2-2-1). Of 9 starts none flips.",
        "9,000 starts on 2-2-1",
        "# 250,000 starts: 0.1 s",
        "| relu | 13.1 (1.56) | 13.1 (1.56) | 13.1 (1.56) | 13.1 (6.3 times) | 13.1 (6.3 times) |",
        "momentum 6.3, adam 6.3, and updates pattern after pattern 6.3 times that of gradient descent",
        "8,192 runs of 1,000 epochs, medians of 9 rounds",
        "takes 0.92 times as long as a call of `train` for each cell",
        "a processor that LLVM calls abacus",
    ):
        assert told in text, told
    gallery = written.parent / "figures" / "gallery"
    assert {path.name: plt.imread(path).shape[:2] for path in gallery.iterdir()} == {
        f"{name}.png": (3, len(name)) for name in ("posted_program_epochs", "basins_zooms")
    }
    assert pattern(readme.TEMPLATE.read_text().replace("with_output", "filled")).fullmatch(text)


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
    command("--out", str(tmp_path / "elsewhere" / "README.md"))
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
