"""The games on the command line and on the page."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

import multipolar as mp
from multipolar.cli import app
from multipolar.report._strategy import coalition_section, sections, threat_section
from multipolar.strategy import coalitions, threats
from tests.worlds import random_world

SCENARIO = """
name: small
title: A small game
date: 2024-05-16
world: {world}
measures:
  base: {{kind: trade-cost, senders: [C0, C3], targets: C2, magnitude: 0.5, evidence: assumed, note: test}}
  yields: {{kind: trade-cost, senders: C1, targets: C2, magnitude: 0.3, evidence: assumed, note: test}}
  penalty: {{kind: payment-friction, senders: C0, targets: C1, magnitude: 0.05, evidence: assumed, note: test}}
variants:
  now: {{title: Now, add: [base]}}
  complies: {{title: Complies, extends: now, add: [yields]}}
  hit: {{title: Hit, extends: now, add: [penalty]}}
"""
GAME = ["--status-quo", "now", "--complied", "complies", "--punished", "hit", "--target", "C2"]


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    world = random_world(3, 4, 2).save(folder / "world.npz")
    file = folder / "small.yaml"
    file.write_text(SCENARIO.format(world=world))
    return str(file)


@pytest.fixture(scope="module")
def outcomes(scenario):
    chosen = mp.load_scenario(scenario)
    return mp.run(mp.load_world(chosen.world), chosen)


def test_comply_prints_the_game_and_writes_its_tables(scenario, tmp_path):
    words = ["comply", scenario, "--third", "C1", *GAME, "--credibility", "1e9", "--damage", "5"]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["residual"] <= 1e-9
    assert {row["regime"] for row in found["threats"]} <= {"complies", "defies", "punished"}
    assert found["working_sizes"]["C1"]
    stored = pd.read_parquet(tmp_path / "threats.parquet")
    assert len(stored) == len(found["threats"])
    text = CliRunner().invoke(app, words)
    assert "smallest credible threat that works" in text.output


def test_coalition_prints_contributions_that_add_up(scenario):
    words = ["coalition", scenario, "--variant", "now", "--target", "C2", "--player", "C0", "--player", "C3"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert sum(r["share"] for r in found["contributions"]) == pytest.approx(1)
    assert sum(r["transfer"] for r in found["burden"]) == pytest.approx(0, abs=1e-6)


def test_the_sections_show_the_numbers_without_script_and_escape_texts(outcomes):
    found = threats(outcomes, ["C1", "absent"], "C2", status_quo="now", complied="complies", punished="hit")
    joined = coalitions(outcomes, {"<b>both</b>": ("C0",), "C3": "C3"}, "C2", variant="now")
    html = "".join(s.html() for s in sections(found, joined))
    assert len(found.games) == 1 and len(found.maps[0]) == 3
    assert "<script" not in html and "<b>both" not in html and "&lt;b&gt;both" in html
    assert html.count("<figure") == html.count("</figure>") == 4
    turn = found.games[0].breakeven().credibility[3] / 1e3
    assert f"{turn:,.1f}" in threat_section(found).body
    share = joined.game.contributions().share.max()
    assert f"{100 * share:.1f}%" in coalition_section(joined).body
    assert not re.search(r"\bnan\b", html)
