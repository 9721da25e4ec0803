"""The report: one page that says all that was stored, names what is missing, and needs nothing beside it."""

import ast
import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from landscape.figures.report import page as pages
from landscape.figures.report.page import page
from landscape.studies.sections import SECTIONS

ROOT = Path(__file__).parents[1]
VOID = {"meta", "link", "br", "hr", "img", "input"}
SVG = """<?xml version="1.0"?>
<svg width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg" onload="document.title = 'stolen'">
 <script>document.title = "stolen"; parent.document.title = "stolen";</script>
 <style>@import url("https://example.org/style.css"); body { display: none }</style>
 <image href="https://example.org/picture.png" width="1" height="1" onerror="document.title = 'stolen'"/>
 <foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://example.org/"/></foreignObject>
 <g onclick="document.title = 'stolen'"><rect width="72" height="36" fill="#123456"/></g>
</svg>
"""
"""A picture as a stranger would make it: it runs scripts and asks other machines wherever it is let."""
EVIL = '"><script>document.title = "stolen"</script><img src=x onerror="document.title = 1"> {{ 7 * 7 }} \' --> ]]>'


class Reader(HTMLParser):
    """The elements of a page; fails where one is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} is closed where it is not open"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(" ".join(data.split()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def record(results: Path, study: str, tables: dict[str, pd.DataFrame], findings: list[str], quick: bool = False) -> None:
    """What a study leaves."""
    for name, table in tables.items():
        table.to_parquet(results / f"{name}.parquet")
    content = {
        "study": study,
        "question": f"What of {study}?",
        "findings": findings,
        "tables": [{"name": name, "title": f"Title of {name}", "rows": len(table)} for name, table in tables.items()],
        "settings": {"problem": "xor", "lr": 0.125},
        "command": f"landscape study {study} --seed 7",
        "runs": 4321,
        "seed": 7,
        "quick": quick,
        "seconds": 12.5,
        "made_with": {"time_utc": "2025-01-02T03:04:05+00:00", "numpy": "9.8.7", "commit": None, "cpu": "abacus"},
    }
    (results / f"{study}.json").write_text(json.dumps(content))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two studies, one of them quick, with a short and a long table and two figures; all else is missing."""
    short = pd.DataFrame({"hidden": [2, 3], "rate": [0.12345, 1.0], "epochs": [np.inf, 17.25], "name": ["a", None]})
    long = pd.DataFrame(
        {"epoch": np.arange(1200), "loss": np.arange(1200) / 7.0, "same": "everywhere", "l": [[1.5, 2.0]] * 1200}
    )
    record(tmp_path, "posted_program", {"posted_program_widths": short}, ["It can: <script>alert(1)</script> & so on."])
    record(tmp_path, "basins", {"basins_table": long}, ["Found 7 things."], quick=True)
    (tmp_path / "figures").mkdir()
    for name in ("posted_program_epochs", "basins"):
        (tmp_path / "figures" / f"{name}.svg").write_text(SVG)
        (tmp_path / "figures" / f"{name}.txt").write_text(f"Caption of {name}, 95 % < 100 %.\n")
        (tmp_path / "figures" / f"{name}.png").touch()
    return tmp_path


def test_every_study_and_every_figure_has_its_place() -> None:
    records = set()
    for path in (ROOT / "studies").glob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        if any(isinstance(call, ast.Name) and call.id == "record" for call in calls):
            records.add(path.stem)
    assert {section.name for section in SECTIONS} == records
    figures = [name for section in SECTIONS for name in section.figures]
    assert len(figures) == len(set(figures))
    scripts = {path.stem for path in (ROOT / "figures").glob("*.py") if "\ndef draw(" in path.read_text()}
    assert set(figures) == scripts


def test_the_page_is_well_formed_and_its_ids_are_unique(results: Path) -> None:
    reader = Reader(page(results))
    ids = [attributes["id"] for _, attributes in reader.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = [a.get("href") or "" for a in reader.all("a")]
    used += [f"#{a[name]}" for _, a in reader.found for name in ("aria-labelledby",) if a.get(name)]
    assert {"#verdict", "#posted_program", "#contents"} <= set(used)
    assert {link.removeprefix("#") for link in used} <= set(ids)
    levels = [int(tag[1]) for tag, _ in reader.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_number_of_a_table_is_there(results: Path) -> None:
    reader = Reader(page(results))
    words = " ".join(reader.words)
    assert {"0.123", "1.000", "inf", "17.25"} <= set(reader.words)
    made = (
        "problem = xor, lr = 0.125",
        "4,321 runs, seed 7",
        "12.5 seconds",
        "9.8.7",
        "abacus",
        "landscape study basins --seed 7",
    )
    for said in made:
        assert said in words
    assert not {"None", "nan"} & set(reader.words)
    shown = [f"{value:.6g}" for value in np.arange(pages.FIRST) / 7.0]
    assert set(shown) <= set(reader.words)
    assert f"{pages.FIRST / 7.0:.6g}" not in reader.words
    assert f"the first {pages.FIRST} of 1,200 rows, all are in basins_table.csv" in words
    assert "same everywhere, l 1.5, 2" in words
    assert reader.words.count("everywhere") == 0


def test_numbers_stand_to_the_right_and_every_column_can_be_sorted(results: Path) -> None:
    reader = Reader(page(results))
    headings = reader.all("th")
    assert [heading.get("class") for heading in headings] == ["number", "number", "number", None, "number", "number"]
    assert all(heading["aria-sort"] == "none" and heading["scope"] == "col" for heading in headings)
    assert len(reader.all("button")) == len(headings)
    assert len(reader.all("caption")) == len(reader.all("table")) == 2


def test_what_is_missing_is_named_with_its_command(results: Path) -> None:
    text = page(results)
    for study in {section.name for section in SECTIONS} - {"posted_program", "basins"}:
        assert f"landscape study {study} --out {results}</code>" in text
    assert f"landscape figure basins_zooms --results {results}</code>" in text
    (results / "basins_table.parquet").unlink()
    assert f"landscape study basins --out {results}</code>" in page(results)
    (results / "figures" / "basins.svg").unlink()
    assert f"landscape figure basins --results {results}</code>" in page(results)


def test_an_empty_folder_still_makes_a_page(tmp_path: Path) -> None:
    reader = Reader(page(tmp_path))
    assert len(reader.all("table")) == 0
    assert f"landscape study posted_program --out {tmp_path}" in reader.words


def test_a_quick_study_is_marked(results: Path) -> None:
    marked = re.findall(r'<h2 id="([a-z_]*)-title">[^<]*<span class="badge">small version', page(results))
    assert marked == ["basins"]


def test_only_the_guesses_that_the_verdict_answers_are_bold(tmp_path: Path) -> None:
    found = ["Of two units one gains: three times.", "sigmoid, 2 units: cheapest."]
    record(tmp_path, "posted_program", {}, ['"It cannot": it can.', "No guess here."])
    record(tmp_path, "basins", {}, found)
    text = page(tmp_path)
    assert re.findall("<b>(.*?)</b>", text) == ["&#34;It cannot&#34;:"]
    assert all(f"<li>{sentence}</li>" in text for sentence in found)


def test_one_run_and_one_second_are_not_many(tmp_path: Path) -> None:
    record(tmp_path, "basins", {"basins_table": pd.DataFrame({"a": [1.5]})}, [])
    content = json.loads((tmp_path / "basins.json").read_text())
    (tmp_path / "basins.json").write_text(json.dumps(content | {"runs": 1, "seconds": 1}))
    words = " ".join(Reader(page(tmp_path)).words)
    for said in ("1 run, seed 7", "1 second ", ": 1 row, also in"):
        assert said in words


def test_what_was_found_is_text_and_not_markup(results: Path) -> None:
    text = page(results)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on." in text
    assert "95 % &lt; 100 %" in text


def test_nothing_is_asked_of_any_network(results: Path) -> None:
    text = page(results)
    assert "http://" not in text
    assert "https://" not in text
    reader = Reader(text)
    for tag, attributes in reader.found:
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), tag
    assert "@import" not in text


def test_a_figure_is_an_image_with_its_caption(results: Path) -> None:
    """In an image a browser runs no script and loads nothing; in the page itself there is no part of the picture."""
    reader = Reader(page(results))
    images = reader.all("img")
    assert [image["alt"] for image in images] == [
        f"Caption of {name}, 95 % < 100 %." for name in ("posted_program_epochs", "basins")
    ]
    for image in images:
        kind, _, content = (image["src"] or "").partition(",")
        assert kind == "data:image/svg+xml;base64"
        assert base64.b64decode(content).decode() == SVG
    assert not {tag for tag, _ in reader.found} & {"svg", "g", "rect", "image", "iframe", "foreignobject", "object", "embed"}


def test_the_policy_allows_the_own_script_and_style_by_hash_and_nothing_else(results: Path) -> None:
    text = page(results)
    (said,) = [each["content"] for each in Reader(text).all("meta") if "http-equiv" in each]
    policy = dict(each.strip().split(" ", 1) for each in (said or "").split(";"))
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        assert policy[name] == f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
    rest = {name: value for name, value in policy.items() if name not in ("script-src", "style-src")}
    assert rest == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}
    for tag, attributes in Reader(text).found:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag


def hostile(results: Path) -> None:
    """A folder in which all that can be text is hostile."""
    table = pd.DataFrame({EVIL: [EVIL, EVIL], "lr": [1.0, np.inf], "l": [[EVIL], ["b"]]})
    record(results, "basins", {"basins_table": table}, [EVIL, f"{EVIL}: {EVIL}"])
    content = json.loads((results / "basins.json").read_text())
    content |= dict.fromkeys(("study", "question", "command", "seed", "seconds", "missing"), EVIL)
    content["tables"][0]["title"] = EVIL
    content["settings"] = content["made_with"] = {EVIL: EVIL}
    (results / "basins.json").write_text(json.dumps(content))
    (results / "figures").mkdir()
    for suffix, text in ((".svg", SVG), (".txt", EVIL), (".png", "")):
        (results / "figures" / f"basins{suffix}").write_text(text)


def test_hostile_text_stays_text_wherever_it_stands(tmp_path: Path) -> None:
    hostile(tmp_path)
    text = page(tmp_path)
    reader = Reader(text)
    assert len(reader.all("script")) == 1
    assert len(reader.all("img")) == 1
    assert reader.all("img")[0]["alt"] == EVIL
    assert not [name for _, attributes in reader.found for name in attributes if name.startswith("on")]
    assert "7 * 7" in text
    assert {attributes["id"] for _, attributes in reader.found if "id" in attributes} >= {"basins", "table-basins_table"}
    said = " ".join(reader.words)
    assert said.count('<script>document.title = "stolen"</script>') >= 10


@pytest.mark.parametrize("name", ["../secret", "/etc/secret", "sub/table"])
def test_a_table_of_another_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "results").mkdir()
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "secret.parquet")
    record(tmp_path / "results", "basins", {}, [])
    content = json.loads((tmp_path / "results" / "basins.json").read_text())
    (tmp_path / "results" / "basins.json").write_text(json.dumps(content | {"tables": [{"name": name, "title": "A"}]}))
    with pytest.raises(ValueError, match="leads out of"):
        page(tmp_path / "results")


def test_the_same_results_make_the_same_page(results: Path) -> None:
    assert page(results) == page(results)


def test_a_column_with_gaps_is_not_the_same_in_all_rows(tmp_path: Path) -> None:
    rows = pd.DataFrame({"lr": range(50), "first": [0.5] + [None] * 49, "word": ["a"] + [None] * 49, "seed": 0})
    record(tmp_path, "basins", {"basins_table": rows}, [])
    assert pages.table(tmp_path, "basins", {"name": "basins_table", "title": "t"})["same"] == {"seed": "0"}


def test_a_table_of_a_thousand_rows_is_whole_and_folded(tmp_path: Path) -> None:
    record(tmp_path, "basins", {"basins_table": pd.DataFrame({"epoch": range(pages.WHOLE)})}, [])
    reader = Reader(page(tmp_path))
    assert str(pages.WHOLE - 1) in reader.words
    assert len(reader.all("td")) == pages.WHOLE
    assert len(reader.all("details")) == 2
    record(tmp_path, "basins", {"basins_table": pd.DataFrame({"epoch": range(pages.FOLDED)})}, [])
    assert len(Reader(page(tmp_path)).all("details")) == 1
