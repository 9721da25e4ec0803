"""The report in a real browser: tables sort, nothing overflows, dark is dark, and nothing is asked of any network."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromium
import pandas as pd
import pytest
from test_report import SVG, hostile, record

from landscape.figures.report.page import page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not chromium.PROGRAM.exists(), reason=f"needs {chromium.PROGRAM}; on Debian: apt-get install chromium"
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Page]:
    window = chromium.Page(tmp_path_factory.mktemp("profile"))
    yield window
    window.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a short table, a wide and long one, and a figure."""
    folder = tmp_path_factory.mktemp("results")
    lr = [10.0, 0.5, float("inf"), -1e-05, None, 0.25]
    short = pd.DataFrame({"lr": lr, "name": ["tanh", "relu", "", "sigmoid", "elu 10", "elu 9"]})
    wide = pd.DataFrame({f"a_column_of_a_long_name_{i}": range(i, i + 60) for i in range(30)})
    record(folder, "posted_program", {"posted_program_widths": short, "posted_program_rates": wide}, ["It can: yes."])
    record(folder, "basins", {"basins_table": short}, ["A word of no end: " + "x" * 300], quick=True)
    (folder / "figures").mkdir()
    for suffix, content in ((".svg", SVG.replace("72pt", "504pt")), (".txt", "A caption."), (".png", "")):
        (folder / "figures" / f"basins{suffix}").write_text(content)
    path = folder / "report.html"
    path.write_text(page(folder), encoding="utf-8")
    return path


def column(browser: chromium.Page, number: int) -> list[str]:
    script = (
        f"[...document.querySelector('#table-posted_program_widths tbody').rows].map(r => r.cells[{number}].textContent)"
    )
    return browser.evaluate(script)


def sorted_by(browser: chromium.Page, number: int) -> list[str]:
    """The ``aria-sort`` of every heading after a click on one of them."""
    browser.evaluate(f"document.querySelectorAll('#table-posted_program_widths th button')[{number}].click()")
    return browser.evaluate("[...document.querySelectorAll('#table-posted_program_widths th')].map(h => h.ariaSort)")


def test_numbers_sort_as_numbers_with_inf_and_empty_last(browser: chromium.Page, report: Path) -> None:
    browser.open(report)
    assert sorted_by(browser, 0) == ["ascending", "none"]
    assert column(browser, 0) == ["-1e-05", "0.25", "0.5", "10", "inf", ""]
    assert column(browser, 1) == ["sigmoid", "elu 9", "relu", "tanh", "", "elu 10"]
    assert sorted_by(browser, 0) == ["descending", "none"]
    assert column(browser, 0) == ["10", "0.5", "0.25", "-1e-05", "inf", ""]


def test_words_sort_as_words_with_empty_last(browser: chromium.Page, report: Path) -> None:
    browser.open(report)
    assert sorted_by(browser, 1) == ["none", "ascending"]
    assert column(browser, 1) == ["elu 9", "elu 10", "relu", "sigmoid", "tanh", ""]
    assert sorted_by(browser, 0) == ["ascending", "none"]


def test_the_keyboard_sorts_too(browser: chromium.Page, report: Path) -> None:
    browser.open(report)
    browser.evaluate("document.querySelector('#table-posted_program_widths th button').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    assert column(browser, 0)[0] == "-1e-05"
    assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_itself_never_scrolls_sideways(browser: chromium.Page, report: Path, width: int) -> None:
    browser.open(report, width=width)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    inside, outside = browser.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert inside <= outside
    table = "document.querySelector('#table-posted_program_rates')"
    assert browser.evaluate(f"{table}.offsetWidth > {table}.parentElement.clientWidth")


def luminance(browser: chromium.Page, element: str) -> float:
    """Of the background, from 0 (black) to 255 (white)."""
    colour = browser.evaluate(f"getComputedStyle(document.querySelector('{element}')).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_dark_is_dark_but_for_the_figures(browser: chromium.Page, report: Path) -> None:
    browser.open(report, scheme="light")
    assert luminance(browser, "body") > 240
    browser.open(report, scheme="dark")
    assert luminance(browser, "body") < 40
    assert luminance(browser, ".card") == pytest.approx(255)


def test_figures_dim_in_the_dark_and_not_on_paper(browser: chromium.Page, report: Path) -> None:
    dimmed = "getComputedStyle(document.querySelector('.card')).filter"
    browser.open(report, scheme="light")
    assert browser.evaluate(dimmed) == "none"
    browser.open(report, scheme="dark")
    assert re.fullmatch(r"brightness\(0\.[6-9]\d*\)", browser.evaluate(dimmed))
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.call("Emulation.setEmulatedMedia", media="print", features=dark)
    assert browser.evaluate(dimmed) == "none"
    browser.call("Emulation.setEmulatedMedia", media="")


def test_only_what_is_too_wide_says_that_it_scrolls(browser: chromium.Page, report: Path) -> None:
    """On a phone the figure and the wide table; on a desk, where the figure fits, the table alone."""
    shown = "[...document.querySelectorAll('.hint')].map(h => h.checkVisibility())"
    wide = "[...document.querySelectorAll('.box')].map(b => b.scrollWidth > b.clientWidth + 1)"
    for width, number in ((390, 2), (1280, 1)):
        browser.open(report, width=width)
        browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert browser.evaluate(shown) == browser.evaluate(wide)
        assert sum(browser.evaluate(shown)) == number


def test_figures_are_drawn_and_as_wide_as_they_may_be(browser: chromium.Page, report: Path) -> None:
    browser.open(report)
    shown = "(i => [i.complete, i.naturalWidth, i.getBoundingClientRect().width])(document.querySelector('.card img'))"
    assert browser.evaluate(shown) == [True, 672, pytest.approx(1.2 * 672, abs=1.0)]
    browser.open(report, width=390)
    assert browser.evaluate(shown)[2] == pytest.approx(34 * 16, abs=1.0)  # no smaller: its text must stay legible


def test_hostile_results_run_nothing_and_ask_nothing(browser: chromium.Page, tmp_path: Path) -> None:
    """The picture has scripts and handlers, and so has every text; tables still sort."""
    hostile(tmp_path)
    path = tmp_path / "report.html"
    path.write_text(page(tmp_path), encoding="utf-8")
    browser.open(path)
    title = browser.evaluate("document.title")
    assert title.startswith("landscape")
    browser.evaluate("document.querySelectorAll('.card, .card *').forEach(e => e.dispatchEvent(new Event('click')))")
    assert browser.evaluate("document.querySelector('.card img').naturalWidth") == 96
    browser.evaluate("document.querySelector('th button').click()")
    assert browser.evaluate("document.querySelector('th').ariaSort") == "ascending"
    assert browser.evaluate("document.title") == title
    asked = [event["params"]["request"]["url"] for event in browser.events if event["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]


def test_the_policy_stops_every_other_script(browser: chromium.Page, report: Path, tmp_path: Path) -> None:
    """What got into the page in spite of all would not run, neither a script nor a handler; both are over at the load."""
    added = "<script>window.ran = 1</script><img src='data:,' onerror='window.ran = 2'></main>"
    path = tmp_path / "report.html"
    path.write_text(report.read_text(encoding="utf-8").replace("</main>", added), encoding="utf-8")
    browser.open(path)
    assert browser.evaluate("typeof window.ran") == "undefined"
    said = [event["params"]["entry"]["text"] for event in browser.events if event["method"] == "Log.entryAdded"]
    assert sum("Content Security Policy" in text for text in said) == 2
    assert sorted_by(browser, 0) == ["ascending", "none"]


def test_on_paper_nothing_is_folded_or_cut(browser: chromium.Page, report: Path) -> None:
    browser.open(report)
    folded = "document.querySelectorAll('details:not([open])').length"
    before = browser.evaluate(folded)
    assert before > 0
    browser.evaluate(f"window.addEventListener('beforeprint', () => {{ window.atPrint = {folded}; }})")
    browser.call("Page.printToPDF")
    assert browser.evaluate("window.atPrint") == 0
    assert browser.evaluate(folded) == before
    browser.call("Emulation.setEmulatedMedia", media="print")
    clipped = "[...document.querySelectorAll('.box')].filter(b => getComputedStyle(b).overflowX !== 'visible').length"
    assert browser.evaluate(clipped) == 0
    browser.call("Emulation.setEmulatedMedia", media="")


def test_no_request_leaves_the_page_and_no_error_is_logged(browser: chromium.Page, report: Path) -> None:
    browser.open(report)
    sorted_by(browser, 0)
    asked: list[dict[str, Any]] = [e["params"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert [each["request"]["url"] for each in asked if not each["request"]["url"].startswith("data:")] == [report.as_uri()]
    wrong = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
    assert [event for event in browser.events if event["method"] in wrong] == []
