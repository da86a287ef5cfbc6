"""The report as a reader sees it: opened in a real browser, at two widths, with hostile texts."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from multipolar.errors import InputError
from multipolar.report import write_report
from tests.report_fixture import HOSTILE, RECORD, outcomes, scenario, world


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api")
    with sync.sync_playwright() as play:
        chromium = (
            shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        )
        try:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        except sync.Error:
            pytest.skip("no Chromium on this machine (playwright install chromium)")
        yield browser
        browser.close()


def written(tmp_path: Path, text: str = "plain") -> Path:
    return write_report(
        tmp_path / "report.html",
        scenario=scenario(text),
        world=world(),
        outcomes=outcomes(text),
        record=RECORD,
    )


def opened(browser, path: Path, width: int = 1280):
    page = browser.new_page(viewport={"width": width, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: problems.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    page.wait_for_selector("svg path")
    return page, problems


@pytest.mark.parametrize("width", [1280, 375])
def test_the_report_opens_offline_without_errors_and_fits_the_screen(browser, tmp_path, width):
    page, problems = opened(browser, written(tmp_path), width)
    assert problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_texts_stay_texts(browser, tmp_path):
    page, problems = opened(browser, written(tmp_path, HOSTILE))
    assert problems == []
    assert page.locator("img").count() == 0
    assert '<script>alert("x")' in page.inner_text("body")


def test_the_headline_states_the_first_comparison_with_the_number_solved(browser, tmp_path):
    page, _ = opened(browser, written(tmp_path))
    found = outcomes()
    worth = 100 * float((found["western"].welfare - found["world"].welfare).sel(country="RUS"))
    stated = re.search(
        r"China's support is worth ([\d.]+)% of real consumption to Russia", page.inner_text("h1")
    )
    assert stated
    assert float(stated[1]) == pytest.approx(worth, rel=0.06)


def test_choosing_another_variant_changes_the_numbers_shown(browser, tmp_path):
    page, problems = opened(browser, written(tmp_path))
    select = page.locator("select").first
    before = page.inner_text("main")
    select.select_option(index=1)
    page.wait_for_timeout(200)
    assert page.inner_text("main") != before
    assert problems == []


def test_every_measure_shows_its_evidence_source_and_note(tmp_path):
    text = written(tmp_path).read_text(encoding="utf-8")
    for expected in (
        "estimated",
        "assumed",
        "From the news plain.",
        "https://example.org/a?b=1&amp;c=2",
        "200%",
        "complete",
    ):
        assert expected in text
    assert "Nobody (2024)" in text


def test_a_report_without_outcomes_is_refused(tmp_path):
    with pytest.raises(InputError, match="at least one variant"):
        write_report(tmp_path / "r.html", scenario=scenario(), world=world(), outcomes={}, record={})
    assert list(tmp_path.iterdir()) == []
