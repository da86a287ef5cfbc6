"""A scenario with satellite models and studies, from the command line to the page."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

import multipolar as mp
from multipolar.strategy import DEPENDENCE_COLUMNS, GAME_COLUMNS
from tests.test_cli import multipolar
from tests.test_report import browser, opened  # noqa: F401 (a fixture)

SCENARIO = """
name: small
title: A small world with everything in it
date: 2024-05-16
world: WORLD
measures:
  controls: {kind: export-control, senders: CHN, targets: RUS, sectors: dual-use, magnitude: 0.5, evidence: assumed, note: a test}
  friction: {kind: payment-friction, senders: [USA, EUR], targets: CHN, magnitude: 0.02, evidence: assumed, note: a test}
variants:
  complies: {title: China complies, add: [controls]}
  punished: {title: China is punished, add: [friction]}
  dollar: {title: Clearing cut, settlement: {dollar_clearing_cut: [CHN]}}
  pipeline: {title: A pipeline, energy: {open: [power-of-siberia-2], bargaining_power: 0.5}, war: {gas_china: 80}}
comparisons:
  - {id: worth, question: What is support worth?, of: baseline, minus: complies, countries: RUS}
studies:
  dependence: {actors: [RUS, CHN, EUR]}
  threats: {thirds: CHN, target: RUS, complied: complies, punished: punished, stands_for: CHN}
  coalitions: {players: [CHN, EUR, USA], target: RUS, variant: complies}
  optimal: {senders: [EUR, USA], target: RUS, compare: complies}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    keep = ["RUS", "CHN", "USA", "IND", "JPN", "KOR", "TUR"]
    whole = mp.load_world("wiod-2011")
    europe = [c for c in whole.countries if c in mp.world.country_group("EU27") or c == "GBR"]
    rest = [c for c in whole.countries if c not in (*keep, *europe, "RoW")]
    path = whole.aggregate(countries={"EUR": europe, "RoW": ["RoW", *rest]}).save(folder / "small.npz")
    (folder / "small.yaml").write_text(SCENARIO.replace("WORLD", str(path)))
    done = multipolar("run", str(folder / "small.yaml"), "--out", str(folder / "out"))
    assert done.returncode == 0, done.stderr
    return folder, done


def test_every_table_of_the_studies_says_what_its_columns_are(finished):
    files = list((finished[0] / "out" / "studies").glob("*.parquet"))
    assert {"dependence", "threats", "regimes", "contributions", "stability", "frontier"} <= {
        f.stem for f in files
    }
    for file in files:
        for field in pq.read_schema(file):
            meaning = field.metadata[b"description"].decode()
            assert meaning in {c[1] for c in (*DEPENDENCE_COLUMNS.values(), *GAME_COLUMNS.values())}, file


def test_the_joint_solutions_are_certified_with_the_rest(finished):
    table = pd.read_parquet(finished[0] / "out" / "certificate.parquet").set_index(["variant", "condition"])
    assert (table["residual"] <= 1e-9).all()
    assert {v for v, c in table.index if c == "joint"} == {"dollar", "pipeline"}
    record = json.loads((finished[0] / "out" / "run.json").read_text())
    assert any("Nash price" in note for note in record["notes"]["pipeline"])


@pytest.mark.parametrize("width", [1280, 375])
def test_the_page_shows_every_study_and_fits(browser, finished, width):  # noqa: F811
    page, problems = opened(browser, finished[0] / "out" / "report.html", width)
    assert problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    links = page.locator("nav.contents a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert {"#dependence", "#threats", "#frontier", "#gas", "#settlement", "#war-budget"} <= set(links)
    assert all(page.locator(link).count() == 1 for link in links)


def test_studies_can_be_left_out(finished):
    folder, _ = finished
    done = multipolar(
        "run",
        str(folder / "small.yaml"),
        "--variant",
        "complies",
        "--no-studies",
        "--out",
        str(folder / "less"),
    )
    assert done.returncode == 0, done.stderr
    assert not (folder / "less" / "studies").exists()


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("punished: punished", "punished: punishd", ["studies.threats.punished", "Did you mean 'punished'"]),
        ("actors: [RUS, CHN, EUR]", "actors: [RUS]", ["studies.dependence.actors", "at least 2"]),
        ("players: [CHN", "plaeyrs: [CHN", ["studies.coalitions", "plaeyrs"]),
    ],
)
def test_a_wrong_study_is_explained(tmp_path, old, new, said):
    (tmp_path / "wrong.yaml").write_text(SCENARIO.replace("WORLD", "wiod-2011").replace(old, new, 1))
    done = multipolar("check", str(tmp_path / "wrong.yaml"))
    assert done.returncode == 2
    for part in said:
        assert part in " ".join(done.stderr.split())
