"""Optional packages: one sentence where one is missing, and what is released: extras, versions, texts."""

import re
import tomllib
from pathlib import Path

import pytest

import landscape as ls
from landscape.extras import OF_PACKAGES, needed_for

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


@pytest.mark.parametrize("package", OF_PACKAGES)
def test_what_is_missing_is_named_with_its_purpose_and_the_command(package: str) -> None:
    name, extra = OF_PACKAGES[package]
    with pytest.raises(ImportError) as raised, needed_for("dreams need"):
        raise ModuleNotFoundError("No module", name=package)
    assert str(raised.value) == f"dreams need {name}; install it with: pip install 'xor-landscape[{extra}]'"
    assert [asked.split(">=")[0] for asked in EXTRAS[extra]] == [package]


def test_what_else_an_import_lacks_stays_what_it_is() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere_at_all'"), needed_for("dreams need"):
        import nowhere_at_all  # noqa: F401


def test_all_is_all_that_may_be_missing_and_old_names_stay() -> None:
    (asked,) = EXTRAS["all"]
    extras = set(re.findall(r"[\w]+", asked.partition("[")[2]))
    assert extras >= {extra for _, extra in OF_PACKAGES.values()}
    assert set(EXTRAS) >= {"sql", "dask", "peers", "report", "dev", "all"}


def test_the_citation_names_this_version_and_its_authors() -> None:
    text = (ROOT / "CITATION.cff").read_text()
    told = dict(re.findall(r"^([\w-]+): (.+)$", text, re.MULTILINE))
    assert (told["cff-version"], told["version"], told["license"]) == ("1.2.0", ls.__version__, PROJECT["license"])
    (author,) = [each["name"] for each in PROJECT["authors"]]
    assert f'- name: "{author}"' in text
    assert f"{author}\n" in (ROOT / "LICENSE").read_text()
    dated = re.search(rf"^## {re.escape(ls.__version__)} - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert dated is None or told["date-released"] == f'"{dated.group(1)}"'


def test_the_description_for_an_index_shows_nothing_that_lies_beside_it() -> None:
    text = (ROOT / PROJECT["readme"]).read_text()
    assert text.startswith("# landscape\n")
    assert not re.findall(r"!?\[[^\]]*\]\((?!https://)", text)


def test_every_source_that_the_paper_cites_is_listed_once_and_cited() -> None:
    paper, sources = ((ROOT / "docs" / "paper" / f"paper.{kind}").read_text() for kind in ("md", "bib"))
    keys = re.findall(r"^@\w+\{(\w+),", sources, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert set(re.findall(r"@(\w+)", paper)) == set(keys)
